import { vi } from 'vitest'

/**
 * How long a condition may take to come true where a test does not say, in ms: a bound for a machine that does other
 * work beside, where Vitest's own second is none.
 */
const PATIENCE_MS = 20_000

const { waitFor } = vi
vi.waitFor = (callback, options = {}) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options })
