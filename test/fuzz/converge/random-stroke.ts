import type { Stroke } from '../../../shared/canvas/stroke.ts'
import type { Dice } from '../draw.ts'

/** A stroke of a few points somewhere on a page. */
export function randomStroke(dice: Dice): Stroke {
  const count = dice.int(1, 12)
  const x = dice.int(0, 900)
  const y = dice.int(0, 900)
  const xs = Float32Array.from({ length: count }, () => x + dice.int(0, 100))
  const ys = Float32Array.from({ length: count }, () => y + dice.int(0, 100))
  return { at: Date.now(), xs, ys, pressures: null, times: null }
}
