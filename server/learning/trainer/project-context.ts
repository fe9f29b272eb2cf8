import type { Publication } from '../rpc.ts'
import type { JobContext } from './job.ts'

/** What a project's training needs of the thread it runs in. */
export interface ProjectContext extends JobContext {
  readonly backend: string
  /** Epoch ms. */
  readonly wallClock: () => number
  /** Resolves once the predictor guesses with the model. */
  readonly publish: (publication: Publication) => Promise<void>
  /** Its status is another one now. */
  readonly changed: (projectId: string) => void
}
