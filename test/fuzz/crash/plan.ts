import { diceOf, type Dice } from '../draw.ts'

/**
 * When a server is killed: while it `start`s, while people draw and label (`load`), as a checkpoint that was asked for is
 * being written (`checkpoint`), after so long that it made checkpoints of its own (`long`), or after its `database` was,
 * where that is a process of its own.
 */
export type KillKind = 'start' | 'load' | 'checkpoint' | 'long' | 'database'

export interface Cycle {
  readonly seed: number
  readonly kind: KillKind
  /** Ms from the asking (`checkpoint`), or from when people are back. */
  readonly afterMs: number
  /** For `start`: the share of the time that a start takes. */
  readonly share: number
  /** People knock while the server starts. */
  readonly knock: boolean
}

const WARM_UP = 16
const WEIGHTS: readonly (readonly [KillKind, number])[] = [
  ['start', 22],
  ['load', 52],
  ['database', 6],
  ['checkpoint', 13],
  ['long', 7],
]

/** The cycles of a seed, without end. */
export function* cyclesOf(seed: number): Generator<Cycle, never> {
  const dice = diceOf(seed)
  // What a generator with a small seed answers first is much the same for all of them.
  for (let i = 0; i < WARM_UP; i++) dice.fraction()
  for (;;) {
    const kind = kindBy(dice)
    yield {
      seed: dice.int(1, 0x7fffffff),
      kind,
      afterMs: kind === 'long' ? dice.int(8_500, 12_000) : dice.int(0, kind === 'checkpoint' ? 60 : 1_800),
      share: 1.1 * dice.fraction(),
      knock: dice.chance(0.35),
    }
  }
}

function kindBy(dice: Dice): KillKind {
  let left = dice.fraction() * WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0)
  const [kind] = WEIGHTS.find(([, weight]) => (left -= weight) < 0) ?? ['load']
  return kind
}
