import { EMBEDDING, membersOf, SIDE, type Architecture, type Layer } from './architecture.ts'

/** One tensor of a network inside the flat weights. */
export interface WeightSlice {
  /** As `conv1/filter`, `conv1/scale`, `dense2/kernel`, `head/bias`; of its member. */
  readonly name: string
  readonly member: number
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
  readonly part: 'body' | 'head'
  /** `statistic`: a batch-norm's running mean or variance, which no gradient changes. */
  readonly role: 'matrix' | 'bias' | 'statistic'
}

type Named = Pick<WeightSlice, 'name' | 'shape' | 'role'>

/**
 * Where each weight of a network lies: member by member the body in the order of its layers, then the head. A head's
 * kernel is [EMBEDDING, classes], row-major; a convolution's filter is [3, 3, in, out]. With batch-norm a convolution has
 * no bias but `scale`, `shift`, and the running `mean` and `variance`.
 */
export function layoutOf({ family, classes }: Architecture): readonly WeightSlice[] {
  let offset = 0
  return membersOf(family).flatMap((layers, member) => {
    const body = bodySlices(layers).map((slice) => ({ ...slice, part: 'body' as const }))
    const head = [
      { name: 'head/kernel', shape: [EMBEDDING, classes], role: 'matrix', part: 'head' },
      { name: 'head/bias', shape: [classes], role: 'bias', part: 'head' },
    ] as const
    return [...body, ...head].map((slice) => {
      const length = slice.shape.reduce((product, side) => product * side, 1)
      const placed = { ...slice, member, offset, length }
      offset += length
      return placed
    })
  })
}

export function weightCount(architecture: Architecture): number {
  return layoutOf(architecture).reduce((sum, { length }) => sum + length, 0)
}

/** Weights that somebody would count: all but a batch-norm's statistics. */
export function parameterCount(architecture: Architecture): number {
  return layoutOf(architecture).reduce(
    (sum, { length, role }) => sum + (role === 'statistic' ? 0 : length),
    0,
  )
}

/** A layer as it is shown to people. */
export interface LayerSummary {
  readonly layer: string
  /** Height, width and channels, or units. */
  readonly output: readonly number[]
  readonly parameters: number
}

/** The layers of one member of a family with what each gives and has to learn, its head last. */
export function layersOf({ family, classes }: Architecture): readonly LayerSummary[] {
  const slices = layoutOf({ family, classes }).filter(({ member }) => member === 0)
  const parametersOf = (name: string): number =>
    slices.reduce(
      (sum, slice) =>
        slice.name.startsWith(`${name}/`) && slice.role !== 'statistic' ? sum + slice.length : sum,
      0,
    )
  const body = walk(membersOf(family)[0] ?? []).map(({ name, output }) => ({
    layer: name,
    output,
    parameters: parametersOf(name),
  }))
  return [...body, { layer: 'head', output: [classes], parameters: parametersOf('head') }]
}

interface Walked {
  readonly name: string
  readonly layer: Layer
  readonly input: readonly number[]
  readonly output: readonly number[]
}

/** The layers of a body with their names and shapes. */
export function walk(layers: readonly Layer[]): readonly Walked[] {
  let shape: readonly number[] = [SIDE, SIDE, 1]
  const counts = new Map<string, number>()
  return layers.map((layer) => {
    const count = (counts.get(layer.kind) ?? 0) + 1
    counts.set(layer.kind, count)
    const input = shape
    shape = outputOf(layer, input)
    return { name: `${layer.kind}${String(count)}`, layer, input, output: shape }
  })
}

function outputOf(layer: Layer, [height = 1, width = 1, channels = 1]: readonly number[]): readonly number[] {
  if (layer.kind === 'dense') return [layer.units]
  if (layer.kind === 'conv') return [height, width, layer.filters]
  return [Math.floor(height / 2), Math.floor(width / 2), channels]
}

function bodySlices(layers: readonly Layer[]): Named[] {
  return walk(layers).flatMap(({ name, layer, input }): Named[] => {
    if (layer.kind === 'pool') return []
    const inputs = input.reduce((product, side) => product * side, 1)
    if (layer.kind === 'dense')
      return [
        { name: `${name}/kernel`, shape: [inputs, layer.units], role: 'matrix' },
        { name: `${name}/bias`, shape: [layer.units], role: 'bias' },
      ]
    const { filters } = layer
    const filter: Named = { name: `${name}/filter`, shape: [3, 3, input[2] ?? 1, filters], role: 'matrix' }
    if (!layer.batchNorm) return [filter, { name: `${name}/bias`, shape: [filters], role: 'bias' }]
    return [
      filter,
      { name: `${name}/scale`, shape: [filters], role: 'bias' },
      { name: `${name}/shift`, shape: [filters], role: 'bias' },
      { name: `${name}/mean`, shape: [filters], role: 'statistic' },
      { name: `${name}/variance`, shape: [filters], role: 'statistic' },
    ]
  })
}
