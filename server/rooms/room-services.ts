import type { Learning } from '../learning/service.ts'
import type { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import type { Store } from '../storage/store.ts'
import type { RoomLog, RoomMetrics, RoomOutlet } from './ports.ts'

/** What every room works with. */
export interface RoomServices {
  readonly store: Store
  readonly learning: Learning
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly outlet: RoomOutlet
  /** Whether the server has memory for another canvas document. */
  readonly hasPlace: () => boolean
  /** What the canvases of all rooms hold unsaved, in bytes. */
  readonly unsaved: Budget
  /** The same for guesses that are to be kept. */
  readonly waitingGuesses: Budget
  /** Days for which guesses are kept; 0 keeps them for ever. */
  readonly keepPredictionsDays: number
}
