/** Width of the last hidden layer, which is the embedding of a drawing. */
export const EMBEDDING = 128
export const PIXELS = 28 * 28

/** One tensor of the network inside the flat weights. */
export interface WeightSlice {
  readonly name:
    | 'conv1/filter'
    | 'conv1/bias'
    | 'conv2/filter'
    | 'conv2/bias'
    | 'dense/kernel'
    | 'dense/bias'
    | 'head/kernel'
    | 'head/bias'
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

const BODY = [
  { name: 'conv1/filter', shape: [3, 3, 1, 16] },
  { name: 'conv1/bias', shape: [16] },
  { name: 'conv2/filter', shape: [3, 3, 16, 32] },
  { name: 'conv2/bias', shape: [32] },
  { name: 'dense/kernel', shape: [7 * 7 * 32, EMBEDDING] },
  { name: 'dense/bias', shape: [EMBEDDING] },
] as const

/**
 * The reference network: conv3x3x16 same, ReLU, max-pool 2, conv3x3x32 same, ReLU, max-pool 2, dense 128, ReLU,
 * dense `classes`. The head lies last, so that the body's weights keep their place when classes come and go; the
 * head's kernel is [EMBEDDING, classes], row-major.
 */
export function layoutOf(classes: number): readonly WeightSlice[] {
  const shapes = [
    ...BODY,
    { name: 'head/kernel', shape: [EMBEDDING, classes] },
    { name: 'head/bias', shape: [classes] },
  ] as const
  let offset = 0
  return shapes.map(({ name, shape }) => {
    const length = shape.reduce((product: number, side) => product * side, 1)
    const slice = { name, shape, offset, length }
    offset += length
    return slice
  })
}

/** Number of weights before the head. */
export const BODY_LENGTH = layoutOf(0).reduce((sum, slice) => sum + slice.length, 0)

export function weightCount(classes: number): number {
  return BODY_LENGTH + (EMBEDDING + 1) * classes
}
