import type { CanvasSnapshot, ClassSample } from '../../shared/protocol/events.ts'
import { toSample } from '../dataset/drawings.ts'
import type { Store } from '../storage/store.ts'
import type { Canvases } from './canvases.ts'

/** The current pages; canvases that there are none of or that cannot be read are left out. */
export async function snapshotsOf(
  canvases: Canvases,
  canvasIds: readonly string[],
): Promise<CanvasSnapshot[]> {
  const taken = await Promise.all(
    canvasIds.map(async (canvasId) => {
      const lease = await canvases.use(canvasId).catch(() => null)
      const snapshot = lease?.canvas.view.snapshot()
      lease?.release()
      return snapshot
    }),
  )
  return taken.filter((snapshot) => snapshot !== undefined)
}

/** The newest accepted drawing of each class that there is. */
export async function samplesOf(
  store: Pick<Store, 'listSamples'>,
  projectId: string,
  hasClass: (classId: string) => boolean,
): Promise<ClassSample[]> {
  const drawings = await store.listSamples(projectId)
  return drawings.flatMap((drawing) => {
    const sample = toSample(drawing)
    return sample && hasClass(sample.classId) ? [sample] : []
  })
}
