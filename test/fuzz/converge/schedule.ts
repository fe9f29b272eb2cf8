import { diceOf, type Dice } from '../draw.ts'

/** What a person does, by chance weighted as in `WEIGHTS`. */
export type Deed =
  | 'draw'
  | 'erase'
  | 'erase-part'
  | 'move'
  | 'duplicate'
  | 'clear'
  | 'restore'
  | 'undo'
  | 'redo'
  | 'label'
  | 'keep'
  | 'withdraw'
  | 'cut-line'
  | 'go-offline'
  | 'reload'
  | 'demote'
  | 'freeze'
  | 'intrude'
  | 'crash'
  | 'restart'
  | 'disk-fails'
  | 'store-trouble'

/** One step: who does what and when; `seed` decides what of it is left open. */
export interface Step {
  /** Ms after the beginning. */
  readonly at: number
  readonly who: number
  readonly deed: Deed
  readonly seed: number
}

export interface Schedule {
  readonly seed: number
  /** Honest people; the first one is the project's owner. */
  readonly people: number
  readonly lines: readonly { readonly least: number; readonly most: number }[]
  readonly disk: { readonly commitMs: number; readonly answerMs: number }
  readonly steps: readonly Step[]
}

const WEIGHTS: readonly (readonly [deed: Deed, weight: number])[] = [
  ['draw', 40],
  ['erase', 8],
  ['erase-part', 6],
  ['move', 6],
  ['duplicate', 3],
  ['clear', 3],
  ['restore', 2],
  ['undo', 8],
  ['redo', 4],
  ['label', 8],
  ['keep', 1],
  ['withdraw', 3],
  ['cut-line', 5],
  ['go-offline', 4],
  ['reload', 3],
  ['demote', 2],
  ['freeze', 2],
  ['intrude', 2],
  ['crash', 2],
  ['restart', 1],
  ['disk-fails', 1],
]
/** Everything that happens, from one seed. In each schedule some deeds are more likely than in others. */
export function scheduleOf(seed: number): Schedule {
  const dice = diceOf(seed)
  const people = dice.int(3, 8)
  const slow = dice.chance(0.3)
  const lines = Array.from({ length: people }, () => {
    const least = dice.int(1, slow ? 400 : 40)
    return { least, most: least + dice.int(0, slow ? 600 : 80) }
  })
  const disk = { commitMs: dice.int(1, dice.chance(0.2) ? 300 : 12), answerMs: dice.int(0, 8) }
  const weights = WEIGHTS.map(
    ([deed, weight], i) => [deed, weight * (i < 1 ? 1 : dice.pick([0, 1, 1, 3]))] as const,
  )
  const length = dice.int(4_000, 16_000)
  const steps = Array.from({ length: dice.int(20, 70) }, () => ({
    at: dice.int(0, length),
    who: dice.int(0, people - 1),
    deed: weighted(weights, dice),
    seed: dice.int(0, 0x7fffffff),
  })).sort((a, b) => a.at - b.at)
  return { seed, people, lines, disk, steps }
}

/** The schedule of a seed, in which calls of the store fail now and then in every way in which they can. */
export function faultyScheduleOf(seed: number): Schedule {
  const schedule = scheduleOf(seed)
  const dice = diceOf(seed ^ 0x0fa17)
  const last = schedule.steps.at(-1)?.at ?? 0
  const trouble = Array.from({ length: dice.int(2, 8) }, () => ({
    at: dice.int(0, last),
    who: 0,
    deed: 'store-trouble' as const,
    seed: dice.int(0, 0x7fffffff),
  }))
  return { ...schedule, steps: [...schedule.steps, ...trouble].sort((a, b) => a.at - b.at) }
}

function weighted(weights: readonly (readonly [Deed, number])[], dice: Dice): Deed {
  let left = dice.fraction() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [deed, weight] of weights) {
    left -= weight
    if (left < 0) return deed
  }
  return 'draw'
}
