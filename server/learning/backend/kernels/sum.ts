import { Sum, util, type KernelConfig, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core'
import { asTensor, attribute } from './arguments.ts'
import { floatsOf, loopsOf, wasmOf } from './heap.ts'

interface SumAttributes {
  readonly axis: number | number[]
  readonly keepDims: boolean
}

const BYTES = 4
/** Rows that are summed apart before they are added to the total, which keeps the rounding errors small. */
const BLOCK = 64

/**
 * The sum of a matrix's rows, as of the slopes of a bias, without the transpose that `general`, the library's own
 * kernel, makes for it; that one does all other sums.
 */
export function sumKernel(general: KernelFunc): KernelConfig {
  return {
    kernelName: Sum,
    backendName: 'wasm',
    kernelFunc: (call): TensorInfo | TensorInfo[] => {
      const x = asTensor(call.inputs['x'])
      const [rows = 0, columns = 0] = x.shape
      const { axis: axes, keepDims } = attribute<SumAttributes>(call.attrs)
      const [axis, ...more] = util.parseAxisParam(axes, x.shape)
      if (x.rank !== 2 || axis !== 0 || more.length > 0 || x.dtype !== 'float32' || x.size === 0)
        return general(call)
      const wasm = wasmOf(call.backend)
      const loops = loopsOf(wasm)
      const one = wasm.makeOutput([1], 'float32')
      const result = wasm.makeOutput(keepDims ? [1, columns] : [columns], 'float32')
      const factor = floatsOf(wasm, one).fill(1).byteOffset
      const out = floatsOf(wasm, result).fill(0).byteOffset
      const from = floatsOf(wasm, x).byteOffset
      const line = columns * BYTES
      for (let row = 0; row < rows; row += BLOCK)
        for (let column = 0; column < columns;) {
          const tile = loops.tileFor(1, columns - column)
          const start = from + row * line + column * BYTES
          tile.run(factor, start, out + column * BYTES, 1, Math.min(BLOCK, rows - row), 0, line, 0, 0, 0)
          column += tile.filters
        }
      wasm.disposeData(one.dataId)
      return result
    },
  }
}
