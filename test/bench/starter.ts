import { openBackend } from '../../server/learning/backend/open.ts'
import { readTestDigits, readTrainingDigits } from '../../server/learning/starter/digits-data.ts'
import { evaluateStarter } from '../../server/learning/starter/evaluate.ts'
import { loadStarter } from '../../server/learning/starter/load.ts'
import type { BenchOptions, Figures } from './options.ts'

const QUICK_DIGITS = 1_000

/**
 * The shipped starter on drawings it was not trained on. `stroke_digit_accuracy` is the lesser of its two parts: the
 * kept-out digits as strokes and as images.
 */
export default async function bench({ data, quick }: BenchOptions): Promise<Figures> {
  if (data === null)
    throw new Error('this benchmark wants the data: --data DIR, with DIR/mnist and DIR/mnist_strokes')
  const starter = loadStarter()
  const training = readTrainingDigits(data)
  const test = readTestDigits(data)
  const backend = await openBackend('wasm', () => undefined)
  const network = backend.network({ family: 'cnn', classes: starter.classes.length })
  network.setWeights(starter.weights)
  const { mnistTest, strokes, images } = await evaluateStarter(
    network,
    training,
    quick ? { ...test, count: QUICK_DIGITS } : test,
    starter.seed,
  )
  network.dispose()
  if (strokes === null) throw new Error(`${data} holds no mnist_strokes, which this benchmark wants`)
  return {
    mnist_test_accuracy: mnistTest,
    stroke_digit_accuracy: Math.min(strokes, images),
    stroke_digit_accuracy_as_strokes: strokes,
    stroke_digit_accuracy_as_images: images,
    seed: starter.seed,
  }
}
