import { EMBEDDING, type Architecture } from '../../../shared/training/architecture.ts'
import { layoutOf, weightCount } from '../../../shared/training/layout.ts'

/** Where the head of one member of a network lies. */
interface HeadPlace {
  readonly kernel: number
  readonly bias: number
}

/**
 * Lays flat weights (or moments, which have the same layout) out anew for another class list. `from[i]` is the old
 * index of new class i, or null for a class that was not there: its column and bias are zero in every member. Bodies
 * are kept.
 */
export function relayHead(
  values: Float32Array,
  { family, classes: oldClasses }: Architecture,
  from: readonly (number | null)[],
): Float32Array<ArrayBuffer> {
  const old = { family, classes: oldClasses }
  if (values.length !== weightCount(old))
    throw new RangeError(
      `${values.length} values are not those of a network '${family}' of ${oldClasses} classes`,
    )
  for (const index of from)
    if (index !== null && !(index >= 0 && index < oldClasses))
      throw new RangeError(`no old class ${index} of ${oldClasses}`)
  const classes = from.length
  const result = new Float32Array(weightCount({ family, classes }))
  const oldSlices = layoutOf(old)
  layoutOf({ family, classes }).forEach(({ part, offset, shape }, place) => {
    const source = oldSlices[place]
    if (source === undefined) return
    const given = values.subarray(source.offset, source.offset + source.length)
    if (part === 'body') {
      result.set(given, offset)
      return
    }
    const rows = shape.length === 2 ? EMBEDDING : 1
    for (let row = 0; row < rows; row++)
      from.forEach((index, column) => {
        if (index !== null) result[offset + row * classes + column] = given[row * oldClasses + index] ?? 0
      })
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

/**
 * Writes the heads' weights of one class, in place: imprinting. `column` has as many values as the family's embedding
 * is wide, member by member; `bias` is the same in each.
 */
export function setHeadColumn(
  weights: Float32Array,
  architecture: Architecture,
  index: number,
  column: ArrayLike<number>,
  bias: number,
): void {
  headsOf(architecture).forEach((head, member) => {
    for (let unit = 0; unit < EMBEDDING; unit++)
      weights[head.kernel + unit * architecture.classes + index] = column[member * EMBEDDING + unit] ?? 0
    weights[head.bias + index] = bias
  })
}

/**
 * The mean length of the columns of each member's head, which an imprinted column is scaled to; `otherwise` where
 * there is none.
 */
export function meanColumnLengths(
  weights: Float32Array,
  architecture: Architecture,
  otherwise: number,
): number[] {
  return headsOf(architecture).map(
    ({ kernel }) => meanLength(weights, kernel, architecture.classes) || otherwise,
  )
}

function meanLength(weights: Float32Array, kernel: number, classes: number): number {
  if (classes === 0) return 0
  let sum = 0
  for (let index = 0; index < classes; index++) {
    let square = 0
    for (let unit = 0; unit < EMBEDDING; unit++) {
      const value = weights[kernel + unit * classes + index] ?? 0
      square += value * value
    }
    sum += Math.sqrt(square)
  }
  return sum / classes
}

function headsOf(architecture: Architecture): HeadPlace[] {
  const slices = layoutOf(architecture).filter(({ part }) => part === 'head')
  return slices.flatMap(({ name, member, offset }) => {
    if (name !== 'head/kernel') return []
    const bias = slices.find((slice) => slice.name === 'head/bias' && slice.member === member)
    return bias ? [{ kernel: offset, bias: bias.offset }] : []
  })
}
