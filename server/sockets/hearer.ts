import type { Role } from '../../shared/protocol/entities.ts'
import type { Prediction } from '../../shared/protocol/events.ts'
import type { TrainingStatus } from '../../shared/training/status.ts'
import type { InkBatch } from '../rooms/ink-batch.ts'
import { packetOf, type Packet } from './packet.ts'
import type { Reader } from './reader.ts'

/** What is told to somebody who missed some of what may be left out. */
export interface NewestState {
  /** Strokes in progress, whole. */
  inProgress(): InkBatch
  predictions(): readonly Prediction[]
  status(): TrainingStatus
}

type Droppable = 'ink' | 'prediction' | 'training:progress'

/** One connection in a room, with what it shows of the room's ink. */
export class Hearer {
  /** Null: somebody outside, who hears only of what is for them alone. */
  role: Role | null
  /** The canvas that is open: after `tiles:watch` the only one whose ink comes in full. */
  openCanvas: string | null = null
  private watched: ReadonlySet<string> | null = null
  /** Names the audience for thinned ink: connections with equal keys get the same batch; '' gets none. */
  tilesKey = ''
  private readonly missed = new Set<Droppable>()

  constructor(
    readonly userId: string,
    role: Role | null,
    private readonly reader: Reader,
    private readonly newest: () => NewestState | null,
  ) {
    this.role = role
  }

  /** Names the audience for full ink: '*' for all of the room, else the open canvas, '' for none. */
  get inkKey(): string {
    return this.watched === null ? '*' : (this.openCanvas ?? '')
  }

  /** Null: everything, since the connection never said what it shows. */
  get tiles(): ReadonlySet<string> | null {
    return this.watched
  }

  /** The tiles that show from now on; strokes in progress on those that are new come at once. */
  watch(canvasIds: readonly string[]): void {
    const fresh = new Set(canvasIds.filter((canvasId) => this.watched?.has(canvasId) !== true))
    this.watched = new Set(canvasIds)
    this.tilesKey = [...this.watched].sort().join(' ')
    const batch = fresh.size === 0 ? undefined : this.newest()?.inProgress().tiles(fresh)
    if (batch) this.offer('ink', packetOf('ink:tiles', batch))
  }

  /** Strokes in progress on the canvas come at once where they were thinned until now. */
  open(canvasId: string | null): void {
    if (this.openCanvas === canvasId) return
    this.openCanvas = canvasId
    const batch =
      this.watched === null || canvasId === null ? undefined : this.newest()?.inProgress().of(canvasId)
    if (batch) this.offer('ink', packetOf('ink', batch))
  }

  showsTile(canvasId: string): boolean {
    return this.watched?.has(canvasId) ?? true
  }

  send(packet: Packet): void {
    this.reader.send(packet)
  }

  /** Sends it unless the reader is slow, who gets the newest state of its kind later. */
  offer(kind: Droppable, packet: Packet): void {
    if (!this.reader.offer(packet)) this.missed.add(kind)
  }

  /** The reader has caught up: tells how things are now, instead of what was left out. */
  catchUp(): void {
    const state = this.newest()
    const missed = [...this.missed]
    this.missed.clear()
    if (!state) return
    for (const kind of missed) this.tell(kind, state)
  }

  private tell(kind: Droppable, state: NewestState): void {
    if (kind === 'training:progress') {
      this.offer(kind, packetOf(kind, state.status()))
      return
    }
    if (kind === 'prediction') {
      for (const packet of predictionsOf(state.predictions())) this.offer(kind, packet)
      return
    }
    const batch = state.inProgress()
    const full = this.watched === null ? batch.all() : batch.of(this.openCanvas ?? '')
    if (full) this.offer('ink', packetOf('ink', full))
    const tiles = this.watched && batch.tiles(this.watched)
    if (tiles) this.offer('ink', packetOf('ink:tiles', tiles))
  }
}

/** An event holds the guesses of one model. */
function predictionsOf(newest: readonly Prediction[]): Packet[] {
  const versions = [...new Set(newest.map(({ modelVersion }) => modelVersion))]
  return versions.map((modelVersion) =>
    packetOf('prediction', {
      modelVersion,
      items: newest.filter((prediction) => prediction.modelVersion === modelVersion),
    }),
  )
}
