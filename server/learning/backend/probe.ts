import { PIXELS } from '../../../shared/training/architecture.ts'
import { initialWeights } from '../model/initialise.ts'
import type { Backend } from './backend.ts'

const architecture = { family: 'cnn', classes: 2 } as const
/** The loss of a fresh network of two classes is near log 2 = 0.69. */
const MOST_LOSS = 10

/**
 * The backend, once it has computed a small gradient: a driver or device that starts and then does not compute is found
 * out where the next rung can still be taken.
 */
export async function probed(backend: Backend): Promise<Backend> {
  const network = backend.network(architecture)
  try {
    network.setWeights(initialWeights(1, architecture))
    const { loss, values } = await network.gradient(
      {
        size: 2,
        pixels: new Float32Array(2 * PIXELS).fill(0.5, PIXELS),
        targets: Float32Array.of(1, 0, 0, 1),
        sampleWeights: Float32Array.of(1, 1),
        dropout: null,
      },
      'all',
    )
    if (
      !(loss > 0 && loss < MOST_LOSS) ||
      !values.every(Number.isFinite) ||
      values.every((value) => value === 0)
    )
      throw new Error(`it computes wrongly: a loss of ${loss}`)
  } finally {
    network.dispose()
  }
  return backend
}
