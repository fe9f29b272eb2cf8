import {
  tensor1d,
  tensor2d,
  tensor4d,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { membersOf, type Architecture, type Layer } from '../../../shared/training/architecture.ts'
import { layoutOf, walk, type WeightSlice } from '../../../shared/training/layout.ts'

/** A tensor of weights with its place in the flat weights. */
export type Held<T extends Tensor = Tensor> = {
  readonly tensor: T
  readonly offset: number
}

/** A batch-norm; without it a convolution has a bias. */
export interface Norm {
  readonly scale: Held<Tensor1D>
  readonly shift: Held<Tensor1D>
  readonly mean: Held<Tensor1D>
  readonly variance: Held<Tensor1D>
}

/** A convolution, its bias or batch-norm, its ReLU, and the max-pool after it, if any. */
export interface Convolution {
  readonly filter: Held<Tensor4D>
  readonly bias: Held<Tensor1D> | Norm
  readonly pooled: boolean
}

/** A dense layer and, but in a head, its ReLU. */
export interface Dense {
  readonly kernel: Held<Tensor2D>
  readonly bias: Held<Tensor1D>
}

/** A body: its convolutions, then its dense layers, the last of which gives the embedding. */
export interface Body {
  readonly convolutions: readonly Convolution[]
  readonly dense: readonly Dense[]
}

export interface Member extends Body {
  /** Null without classes. */
  readonly head: Dense | null
}

/** The weights of a network as tensors, all of which are the caller's to dispose of. */
export interface HeldWeights {
  readonly members: readonly Member[]
  readonly tensors: readonly Tensor[]
}

/** Copies flat weights, which are as many as the architecture has, to the backend. */
export function holdWeights(architecture: Architecture, values: Float32Array): HeldWeights {
  const slices = layoutOf(architecture)
  const tensors: Tensor[] = []
  const members = membersOf(architecture.family).map((layers, member): Member => {
    const take: Take = (name, make) => {
      const slice = slices.find((candidate) => candidate.member === member && candidate.name === name)
      if (slice === undefined) throw new Error(`the layout has no ${name}`)
      // A copy: the backend may keep what it is given, and the caller goes on changing its weights.
      const tensor = make(values.slice(slice.offset, slice.offset + slice.length), slice.shape)
      tensors.push(tensor)
      return { tensor, offset: slice.offset }
    }
    return { ...bodyOf(layers, take), head: architecture.classes > 0 ? denseOf('head', take) : null }
  })
  return { members, tensors }
}

type Shape = WeightSlice['shape']
type Take = <T extends Tensor>(name: string, make: (values: Float32Array, shape: Shape) => T) => Held<T>

const vector = (values: Float32Array): Tensor1D => tensor1d(values)
const matrix = (values: Float32Array, [rows = 0, columns = 0]: Shape): Tensor2D =>
  tensor2d(values, [rows, columns])
const filters = (values: Float32Array, [height = 0, width = 0, from = 0, to = 0]: Shape): Tensor4D =>
  tensor4d(values, [height, width, from, to])

function bodyOf(layers: readonly Layer[], take: Take): Body {
  const convolutions: Convolution[] = []
  const dense: Dense[] = []
  walk(layers).forEach(({ name, layer }, index) => {
    if (layer.kind === 'dense') dense.push(denseOf(name, take))
    else if (dense.length > 0) throw new Error(`${name} follows a dense layer`)
    else if (layer.kind === 'conv')
      convolutions.push({
        filter: take(`${name}/filter`, filters),
        bias: layer.batchNorm ? normOf(name, take) : take(`${name}/bias`, vector),
        pooled: layers[index + 1]?.kind === 'pool',
      })
    else if (layers[index - 1]?.kind !== 'conv') throw new Error(`${name} follows no convolution`)
  })
  return { convolutions, dense }
}

function denseOf(name: string, take: Take): Dense {
  return { kernel: take(`${name}/kernel`, matrix), bias: take(`${name}/bias`, vector) }
}

function normOf(name: string, take: Take): Norm {
  const part = (of: keyof Norm): Held<Tensor1D> => take(`${name}/${of}`, vector)
  return { scale: part('scale'), shift: part('shift'), mean: part('mean'), variance: part('variance') }
}
