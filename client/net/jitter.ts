const FIRST_MS = 400
const MOST_MS = 3_000
/** The longest spread that a server's word is followed for. */
const MOST_SPREAD_MS = 10_000

/**
 * How long to wait before the next try at a connection, in ms: anywhere from none to a bound that doubles with each
 * try in vain (`tries` so far), so that those who lost one server together do not come back together.
 */
export function retryPause(tries: number, random: () => number = Math.random, mostMs = MOST_MS): number {
  return random() * Math.min(mostMs, FIRST_MS * 2 ** Math.min(tries, 8))
}

/** A random moment, in ms, within the spread that a stopping server asks for; any number is safe. */
export function spreadPause(spreadMs: number, random: () => number = Math.random): number {
  const within = Number.isFinite(spreadMs) ? Math.min(MOST_SPREAD_MS, Math.max(0, spreadMs)) : 0
  return random() * within
}

const FIRST_PAUSE_MS = 200
const MOST_PAUSE_MS = 5_000
/** After so long a pause begins anew with the first one. */
const CALM_MS = 10_000

/** Pauses, in ms, before something is begun anew that has to be again and again: each about twice the one before. */
export function growingPause(now = Date.now, random: () => number = Math.random): () => number {
  let pauseMs = FIRST_PAUSE_MS
  let lastAt = -Infinity
  return () => {
    const at = now()
    pauseMs = at - lastAt > CALM_MS ? FIRST_PAUSE_MS : Math.min(MOST_PAUSE_MS, pauseMs * 2)
    lastAt = at
    return pauseMs * (0.5 + random())
  }
}
