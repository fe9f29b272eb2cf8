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

/** Samples of a room, read once for all who come in between two changes of its drawings. */
export class Samples {
  private read: Promise<ClassSample[]> | null = null

  constructor(
    private readonly store: Pick<Store, 'listSamples'>,
    private readonly projectId: string,
    private readonly hasClass: (classId: string) => boolean,
  ) {}

  /** A drawing was stored or taken back. */
  changed(): void {
    this.read = null
  }

  async list(): Promise<ClassSample[]> {
    const read = (this.read ??= samplesOf(this.store, this.projectId, () => true))
    try {
      return (await read).filter(({ classId }) => this.hasClass(classId))
    } catch (error) {
      if (this.read === read) this.read = null
      throw error
    }
  }
}

/** The newest accepted drawing of each class that there is. */
async function samplesOf(
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
