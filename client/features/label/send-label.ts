import { AppError } from '../../../shared/protocol/errors.ts'

/** The strokes travel on another socket than the label: how often and how long to wait for them. */
const STROKES_TRIES = 6
const STROKES_WAIT_MS = 400
const LOST_TRIES = 1

/**
 * Sends a command that carries an idempotency key until it is answered: again while the server misses strokes,
 * and once more after an answer that did not come.
 * @throws AppError the last one.
 */
export async function sendLabel<T>(
  send: () => Promise<T>,
  wait: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
): Promise<T> {
  let missing = 0
  let lost = 0
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (error.code === 'strokes-missing' && missing++ < STROKES_TRIES) await wait(STROKES_WAIT_MS)
      else if (error.code !== 'unavailable' || lost++ >= LOST_TRIES) throw error
    }
  }
}
