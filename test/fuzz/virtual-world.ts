import { install } from '@sinonjs/fake-timers'
import { diceOf, type Dice } from './draw.ts'

/*
 * Imported before anything else of the product: some modules take hold of `Date.now` or of the random source when they are
 * loaded. From then on timers, dates and randomness of this process are those of the world, and repeat with its seed.
 */
const START = Date.UTC(2026, 0, 5, 9)

const laterReally = setImmediate
const really = performance.now.bind(performance)
const clock = install({
  now: START,
  toFake: [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'clearImmediate',
    'Date',
    'performance',
  ],
})
let dice: Dice = diceOf(1)

Object.defineProperty(globalThis.crypto, 'getRandomValues', {
  value: <T extends ArrayBufferView | null>(into: T): T => {
    if (into) {
      const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
      for (let i = 0; i < bytes.length; i++) bytes[i] = dice.int(0, 255)
    }
    return into
  },
})
Math.random = () => dice.fraction()

/** Work planned for the next turn, which belongs to the thread: it must not be lost with a world. */
const turns = new Set<() => void>()
const worldsImmediate = globalThis.setImmediate
Object.defineProperty(globalThis, 'setImmediate', {
  value: <A extends unknown[]>(act: (...args: A) => void, ...args: A) => {
    const run = (): void => {
      if (turns.delete(run)) act(...args)
    }
    turns.add(run)
    return worldsImmediate(run)
  },
})

/** Ms of real time, for how long something took. */
export function realMs(): number {
  return really()
}

/** Ends what is planned, forgets all timers and begins again at the same moment, with the randomness of this seed. */
export async function beginWorld(seed: number): Promise<void> {
  while (turns.size > 0) {
    for (const run of [...turns]) run()
    await settled()
  }
  clock.reset()
  clock.setSystemTime(START)
  dice = diceOf(seed)
}

/** Lets `ms` of the world pass; everything that follows from a timer runs before the next one. */
export async function pass(ms: number): Promise<void> {
  const until = { reached: false }
  setTimeout(() => (until.reached = true), ms)
  await settled()
  while (!until.reached) {
    clock.next()
    await settled()
  }
}

/** Resolves once all promises that can settle without time passing have. */
function settled(): Promise<void> {
  return new Promise((resolve) => laterReally(resolve))
}
