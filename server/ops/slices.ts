/** Ms of one turn of sliced work; between turns the event loop serves everybody else. */
const TURN_MS = 4

interface Job {
  /** Does one step; answers whether it was the last one. */
  step(): boolean
}

// There is one event loop a thread, so there is one queue a thread.
const jobs: Job[] = []
let planned = false

/**
 * Does work that is too long for one turn of the event loop: each `yield` is a point where others may go on. All
 * such work of the thread shares its turns, a step each in order, so that a hundred of them at once take turns
 * rather than one long one. Rejects with what the work throws.
 */
export function inSlices<T>(work: Generator<void, T>): Promise<T> {
  return new Promise((resolve, reject) => {
    jobs.push({
      step() {
        try {
          const { done, value } = work.next()
          if (done === true) resolve(value)
          return done === true
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
          return true
        }
      },
    })
    plan()
  })
}

/** Work of one step, which waits for its turn. */
export function* once<T>(act: () => T): Generator<void, T> {
  yield
  return act()
}

function plan(): void {
  if (planned) return
  planned = true
  setImmediate(turn)
}

function turn(): void {
  planned = false
  const until = performance.now() + TURN_MS
  do {
    const job = jobs.shift()
    if (!job) return
    if (!job.step()) jobs.push(job)
  } while (performance.now() < until)
  if (jobs.length > 0) plan()
}
