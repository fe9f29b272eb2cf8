import type { CanvasSnapshot, ClassSample, CommandResults } from '../../shared/protocol/events.ts'
import { toSample } from '../dataset/drawings.ts'
import type { Store } from '../storage/store.ts'
import type { Canvases } from './canvases.ts'

/** Canvases that are read side by side, and that one answer brings into memory. */
const SIDE_BY_SIDE = 8
const MAX_LOADED = 40
/** Letters of an answer's strokes, past which it takes no further page. */
const MAX_LETTERS = 2_000_000

/**
 * The current pages, at least one. Canvases that there are none of or that cannot be read are left out; `rest` are
 * those that are too much for one answer.
 */
export async function snapshotsOf(
  canvases: Canvases,
  canvasIds: readonly string[],
): Promise<CommandResults['canvas:snapshot']> {
  const wanted = [...new Set(canvasIds)].filter((canvasId) => canvases.find(canvasId) !== null)
  const snapshots: CanvasSnapshot[] = []
  const rest: string[] = []
  let loaded = 0
  let letters = 0
  for (let from = 0; from < wanted.length; from += SIDE_BY_SIDE) {
    const some = wanted.slice(from, from + SIDE_BY_SIDE).filter((canvasId) => {
      const wait = letters > MAX_LETTERS || (canvases.viewOf(canvasId) === null && ++loaded > MAX_LOADED)
      if (wait) rest.push(canvasId)
      return !wait
    })
    const leases = await Promise.all(some.map((canvasId) => canvases.use(canvasId).catch(() => null)))
    for (const lease of leases) {
      if (lease && letters > MAX_LETTERS) rest.push(lease.document.canvasId)
      else if (lease) {
        const snapshot = lease.canvas.view.snapshot()
        letters += snapshot.strokes.reduce((sum, { base64 }) => sum + base64.length, 0)
        snapshots.push(snapshot)
      }
      lease?.release()
    }
  }
  return { snapshots, rest }
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
