import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Random choices from one seed. */
export interface Dice {
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** At least 0 and below 1. */
  fraction(): number
  /** True in `share` of all throws. */
  chance(share: number): boolean
  /** @throws RangeError for an empty list */
  pick<T>(from: readonly T[]): T
}

export function diceOf(seed: number): Dice {
  const generator = xoroshiro128plus(seed)
  const dice: Dice = {
    int: (low, high) => uniformInt(generator, low, high),
    fraction: () => uniformFloat64(generator),
    chance: (share) => uniformFloat64(generator) < share,
    pick(from) {
      if (from.length === 0) throw new RangeError('nothing to pick from')
      // The list may hold undefined itself.
      return from[dice.int(0, from.length - 1)] as (typeof from)[number]
    },
  }
  return dice
}
