import { withDeadline } from './deadline.ts'
import { errorText } from './error-text.ts'

/** How long one part may take to answer, in ms. */
const ANSWER_WITHIN_MS = 2_000

export interface ReadyState {
  readonly ready: boolean
  /** What is missing, in words; null when ready. */
  readonly reason: string | null
}

/** Whether the server can take people: its parts answer and it is not stopping. */
export interface Readiness {
  check(): Promise<ReadyState>
  /** From now on it is not ready, for good. */
  stop(): void
  readonly stopping: boolean
}

/** `parts`: each rejects while it does not answer. */
export function createReadiness(parts: Readonly<Record<string, () => Promise<unknown>>>): Readiness {
  let stopping = false
  return {
    get stopping() {
      return stopping
    },
    stop() {
      stopping = true
    },
    async check() {
      if (stopping) return { ready: false, reason: 'the server is stopping' }
      const faults = await Promise.all(
        Object.entries(parts).map(async ([name, answers]) => {
          try {
            await withDeadline(answers(), ANSWER_WITHIN_MS)
            return null
          } catch (error) {
            return `${name}: ${errorText(error)}`
          }
        }),
      )
      const reason = faults.filter((fault) => fault !== null).join('; ')
      return { ready: reason === '', reason: reason === '' ? null : reason }
    },
  }
}
