import { layoutOf, weightCount } from './layout.ts'
import { randomFor } from './random.ts'

/**
 * Fresh weights for `classes` classes from a seed: He-normal before a ReLU (He 2015), Glorot-uniform for the head
 * (Glorot and Bengio 2010), zero biases. The body is the same whatever the number of classes.
 */
export function initialWeights(seed: number, classes: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(weightCount(classes))
  for (const { name, shape, offset, length } of layoutOf(classes)) {
    if (name.endsWith('/bias')) continue
    const random = randomFor(seed, 0, `initialise/${name}`)
    const outputs = shape.at(-1) ?? 1
    const inputs = length / Math.max(1, outputs)
    const deviation = Math.sqrt(2 / inputs)
    const limit = Math.sqrt(6 / (inputs + outputs))
    for (let index = 0; index < length; index++)
      weights[offset + index] =
        name === 'head/kernel' ? limit * (2 * random.uniform() - 1) : deviation * random.normal()
  }
  return weights
}
