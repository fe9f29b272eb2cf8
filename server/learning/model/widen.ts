import { BODY_LENGTH, EMBEDDING, weightCount } from './layout.ts'

/**
 * Lays flat weights (or moments, which have the same layout) out anew for another class list. `from[i]` is the old
 * index of new class i, or null for a class that was not there: its column and bias are zero. The body is kept.
 */
export function relayHead(
  values: Float32Array,
  oldClasses: number,
  from: readonly (number | null)[],
): Float32Array<ArrayBuffer> {
  if (values.length !== weightCount(oldClasses))
    throw new RangeError(`${values.length} values are not those of a network of ${oldClasses} classes`)
  const classes = from.length
  const result = new Float32Array(weightCount(classes))
  result.set(values.subarray(0, BODY_LENGTH))
  const oldBias = BODY_LENGTH + EMBEDDING * oldClasses
  const newBias = BODY_LENGTH + EMBEDDING * classes
  from.forEach((old, index) => {
    if (old === null) return
    if (!(old >= 0 && old < oldClasses)) throw new RangeError(`no old class ${old} of ${oldClasses}`)
    for (let unit = 0; unit < EMBEDDING; unit++)
      result[BODY_LENGTH + unit * classes + index] = values[BODY_LENGTH + unit * oldClasses + old] ?? 0
    result[newBias + index] = values[oldBias + old] ?? 0
  })
  return result
}

/** For each new class id, its place among the old ones, or null: the mapping `relayHead` takes. */
export function classMapping(oldIds: readonly string[], newIds: readonly string[]): (number | null)[] {
  return newIds.map((id) => {
    const index = oldIds.indexOf(id)
    return index < 0 ? null : index
  })
}

/** Writes `column` (EMBEDDING values) and `bias` as the head's weights of one class, in place: imprinting. */
export function setHeadColumn(
  weights: Float32Array,
  classes: number,
  index: number,
  column: ArrayLike<number>,
  bias: number,
): void {
  for (let unit = 0; unit < EMBEDDING; unit++)
    weights[BODY_LENGTH + unit * classes + index] = column[unit] ?? 0
  weights[BODY_LENGTH + EMBEDDING * classes + index] = bias
}

/** The mean length of the head's columns, which an imprinted column is scaled to; `otherwise` where there is none. */
export function meanColumnLength(weights: Float32Array, classes: number, otherwise: number): number {
  if (classes === 0) return otherwise
  let sum = 0
  for (let index = 0; index < classes; index++) {
    let square = 0
    for (let unit = 0; unit < EMBEDDING; unit++) {
      const value = weights[BODY_LENGTH + unit * classes + index] ?? 0
      square += value * value
    }
    sum += Math.sqrt(square)
  }
  return sum / classes || otherwise
}
