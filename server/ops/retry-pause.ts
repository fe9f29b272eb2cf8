/** No pause is longer, so that what waited for something is done soon after it is back. */
const MOST_MS = 2_000
const FIRST_MS = 250

/**
 * How long to wait before the next try, in ms: anywhere from none to a bound that doubles with each try in vain
 * (`failures` so far), so that many who wait for one thing do not come back to it together.
 */
export function retryPause(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 8))
}
