import {
  BatchMatMul,
  tidy,
  transpose,
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
  return {
    kernelName: BatchMatMul,
    backendName: 'wasm',
    kernelFunc: (call) => {
      const { transposeA, transposeB } = attribute<MatMulAttributes>(call.attrs)
      if (!transposeA && !transposeB) return plain(call)
      const a = transposeA ? swapLast(asTensor(call.inputs['a'])) : null
      const b = transposeB ? swapLast(asTensor(call.inputs['b'])) : null
      const result = plain({
        inputs: { ...call.inputs, ...(a === null ? {} : { a }), ...(b === null ? {} : { b }) },
        backend: call.backend,
        attrs: { transposeA: false, transposeB: false },
      })
      a?.dispose()
      b?.dispose()
      return result
    },
  }
}

function swapLast(tensor: Tensor): Tensor {
  const axes = tensor.shape.map((_, axis) => axis)
  axes.push(...axes.splice(-2, 1))
  return tidy(() => transpose(tensor, axes))
}
