import { initialWeights } from '../../../server/learning/model/initialise.ts'
import type { StarterModel } from '../../../server/learning/starter/file.ts'
import { RASTER_VERSION } from '../../../shared/raster/rasterise.ts'

/** In the place of the shipped starter: fresh weights that know nothing. */
export function randomStarter(seed: number): StarterModel {
  const architecture = { family: 'cnn', classes: 1 } as const
  return {
    format: 1,
    classes: ['none'],
    rasterVersion: RASTER_VERSION,
    recipe: 'mnist',
    seed,
    epochs: 0,
    temperature: 1,
    checksum: '',
    weights: initialWeights(seed, architecture),
  }
}
