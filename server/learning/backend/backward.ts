import {
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  engine,
  matMul,
  MaxPoolGrad,
  mul,
  reshape,
  step,
  sum,
  tidy,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import { channelSums, throughNormalisation } from './batch-norm.ts'
import type { ConvolutionTrace, DenseTrace, Traces } from './forward.ts'
import type { Held } from './weights.ts'

/** What a layer's backward pass gives: the slope of its input and those of its weights, by their places. */
type Passed<T extends Tensor> = {
  /** Undefined where none was wanted: nothing is learned below the first layer. */
  readonly input: T | undefined
  readonly slopes: Held[]
}

/**
 * The slopes of a body's weights from that of its embedding. What a layer left behind is disposed of as soon as it
 * has been gone through, the greatest part of the memory that a step takes. Call within a tidy.
 */
export function backward({ convolutions, dense }: Traces, embeddingSlope: Tensor2D): Held[] {
  const slopes: Held[] = []
  let slope = embeddingSlope
  for (const [index, trace] of [...dense.entries()].reverse()) {
    const dy = slope
    const passed = tidy(() => throughDense(trace, dy, index > 0 || convolutions.length > 0))
    slopes.push(...passed.slopes)
    // Its input is the output of the layer before, which is gone through next.
    dispose([dy, trace.output, ...(index === 0 ? [trace.input] : [])])
    if (passed.input === undefined) return slopes
    slope = passed.input
  }
  const last = convolutions.at(-1)
  if (last === undefined) return slopes
  let imageSlope = reshape<Tensor4D['rankType']>(slope, last.result.shape)
  slope.dispose()
  for (const [index, trace] of [...convolutions.entries()].reverse()) {
    const dy = imageSlope
    const passed = tidy(() => throughConvolution(trace, dy, index > 0))
    slopes.push(...passed.slopes)
    dispose([dy, trace.output, trace.result, ...(trace.normalised ? [trace.normalised.hat] : [])])
    if (passed.input === undefined) return slopes
    imageSlope = passed.input
  }
  return slopes
}

function throughDense(
  { layer, input, output }: DenseTrace,
  dy: Tensor2D,
  wantsInput: boolean,
): Passed<Tensor2D> {
  const slope: Tensor2D = mul(dy, step(output))
  return {
    input: wantsInput ? matMul(slope, layer.kernel.tensor, false, true) : undefined,
    slopes: [
      { offset: layer.kernel.offset, tensor: matMul(input, slope, true) },
      { offset: layer.bias.offset, tensor: sum(slope, 0) },
    ],
  }
}

function throughConvolution(trace: ConvolutionTrace, dy: Tensor4D, wantsInput: boolean): Passed<Tensor4D> {
  const { layer, input, output, result, normalised } = trace
  const filter = layer.filter.tensor
  // Back through the ReLU after the pool: a window's maximum has the mask of the value it came from.
  const passed: Tensor4D = mul(dy, step(result))
  const activated = layer.pooled ? throughPool(passed, output, result) : passed
  const slopes: Held[] = []
  let convolved = activated
  // Every value of the pooled slope goes to one place, so its sum is that of all.
  if ('tensor' in layer.bias) {
    const bias = sum(reshape(passed, [-1, passed.shape[3]]), 0)
    slopes.push({ offset: layer.bias.offset, tensor: bias })
  } else if (normalised) {
    const shift = channelSums(passed)
    const through = throughNormalisation(activated, normalised, layer.bias.scale.tensor, shift)
    convolved = through.input
    slopes.push(
      { offset: layer.bias.scale.offset, tensor: through.scale },
      { offset: layer.bias.shift.offset, tensor: shift },
    )
  }
  slopes.push({
    offset: layer.filter.offset,
    tensor: run(
      Conv2DBackpropFilter,
      { x: input, dy: convolved },
      { ...sameConvolution, filterShape: filter.shape },
    ),
  })
  const inputs = { dy: convolved, filter }
  const attributes = { ...sameConvolution, inputShape: input.shape }
  return { input: wantsInput ? run<Tensor4D>(Conv2DBackpropInput, inputs, attributes) : undefined, slopes }
}

const sameConvolution = { strides: 1, pad: 'same', dataFormat: 'NHWC' }

function throughPool(dy: Tensor4D, input: Tensor4D, output: Tensor4D): Tensor4D {
  return run(MaxPoolGrad, { dy, input, output }, { filterSize: 2, strides: 2, pad: 'valid' })
}

/** A kernel by its name: the library's package for Node registers no gradients to call it by. */
function run<T extends Tensor>(kernel: string, inputs: NamedTensorMap, attributes: NamedAttrMap): T {
  return engine().runKernel<T>(kernel, inputs, attributes)
}

function dispose(tensors: readonly Tensor[]): void {
  for (const tensor of new Set(tensors)) if (!tensor.isDisposed) tensor.dispose()
}
