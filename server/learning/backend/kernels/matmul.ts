import {
  _FusedMatMul,
  BatchMatMul,
  broadcast_util,
  broadcastTo,
  slice,
  transpose,
  util,
  type DataId,
  type KernelConfig,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { asTensor, attribute } from './arguments.ts'

interface MatMulAttributes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** `plain`, the library's own product, with transposed operands laid out first: its fast path wants them so. */
export function matMulKernel(plain: KernelFunc): KernelConfig {
  return { kernelName: BatchMatMul, backendName: 'wasm', kernelFunc: laidOut(plain) }
}

/** The same for the product with a bias and an activation. */
export function fusedMatMulKernel(plain: KernelFunc): KernelConfig {
  return { kernelName: _FusedMatMul, backendName: 'wasm', kernelFunc: laidOut(plain) }
}

function laidOut(plain: KernelFunc): KernelFunc {
  return (call) => {
    const { transposeA, transposeB } = attribute<MatMulAttributes>(call.attrs)
    const made: Tensor[] = []
    const keep = (tensor: Tensor): Tensor => {
      made.push(tensor)
      return tensor
    }
    const given = { a: asTensor(call.inputs['a']), b: asTensor(call.inputs['b']) }
    const plainA = transposeA ? keep(swapLast(given.a)) : given.a
    const plainB = transposeB ? keep(swapLast(given.b)) : given.b
    try {
      const { a, b: right } = broadcastBatches(plainA, plainB, keep)
      const b = isKnownOtherwise(right) ? keep(copied(right)) : right
      const attrs = { ...call.attrs, transposeA: false, transposeB: false }
      return plain({ inputs: { ...call.inputs, a, b }, backend: call.backend, attrs })
    } finally {
      for (const tensor of made) tensor.dispose()
    }
  }
}

/** Rows and columns in which data was first the right side of a product. */
const rightSides = new WeakMap<DataId, string>()

/**
 * Whether the right side was that of a product in another shape. The library packs it once and finds it again by its
 * data alone, whatever the shape, then reads and writes beyond it.
 */
function isKnownOtherwise({ dataId, shape }: Tensor): boolean {
  const sides = shape.slice(-2).join()
  const known = rightSides.get(dataId)
  if (known === undefined) rightSides.set(dataId, sides)
  return known !== undefined && known !== sides
}

function copied(tensor: Tensor): Tensor {
  return slice(
    tensor,
    tensor.shape.map(() => 0),
    tensor.shape,
  )
}

/** The library repeats a batch of one, and counts wrongly where both operands are to be repeated. */
function broadcastBatches(a: Tensor, b: Tensor, keep: (tensor: Tensor) => Tensor): { a: Tensor; b: Tensor } {
  const [batchesA, batchesB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  const batches = broadcast_util.assertAndGetBroadcastShape(batchesA, batchesB)
  const size = util.sizeFromShape(batches)
  const fit = (tensor: Tensor, own: number[]): Tensor =>
    [1, size].includes(util.sizeFromShape(own))
      ? tensor
      : keep(broadcastTo(tensor, [...batches, ...tensor.shape.slice(-2)]))
  return { a: fit(a, batchesA), b: fit(b, batchesB) }
}

function swapLast(tensor: Tensor): Tensor {
  const axes = tensor.shape.map((_, axis) => axis)
  axes.push(...axes.splice(-2, 1))
  return transpose(tensor, axes)
}
