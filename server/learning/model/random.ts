import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded generator; every draw advances it. */
export interface Random {
  /** In [0, 1), 24 bits. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** An integer in 0..bound-1. */
  int(bound: number): number
  /** Shuffles in place and returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T
}

/** 32-bit finaliser of MurmurHash3: every input bit reaches every output bit. */
function mix(value: number): number {
  let hash = value | 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/** A 32-bit hash of a text under a seed (FNV-1a, finalised); an unsigned integer. */
export function hashText(text: string, seed = 0): number {
  let hash = mix(seed) ^ 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return mix(hash) >>> 0
}

/**
 * The generator of one purpose at one step: the same triple always gives the same numbers, and different triples
 * unrelated ones, so that a batch depends on nothing but (seed, step) and what it is drawn from.
 */
export function randomFor(seed: number, step: number, purpose: string): Random {
  return randomFrom(mix(mix(hashText(purpose, seed)) ^ mix(step + 0x9e3779b9)))
}

/** A generator from one 32-bit seed. */
export function randomFrom(seed: number): Random {
  const source = xoroshiro128plus(seed | 0)
  // Its first outputs still show the seed.
  for (let skipped = 0; skipped < 8; skipped++) source.next()
  let spare: number | null = null
  const uniform = (): number => (source.next() >>> 8) / 0x1000000
  const int = (bound: number): number => Math.floor(uniform() * bound)
  return {
    uniform,
    int,
    normal() {
      if (spare !== null) {
        const value = spare
        spare = null
        return value
      }
      // Box and Muller (1958); 1 - u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    shuffle(values) {
      const items: Record<number, unknown> = values
      for (let index = values.length - 1; index > 0; index--) {
        const other = int(index + 1)
        const kept = items[index]
        items[index] = items[other]
        items[other] = kept
      }
      return values
    },
  }
}
