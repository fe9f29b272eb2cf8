import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RASTER_VERSION } from '../../../shared/raster/rasterise.ts'
import { LearningError } from '../errors.ts'
import { decodeStarter, type StarterModel } from './file.ts'

/** Beside this module, as in the sources and in the built server, or beside the folder of a built chunk. */
const places = ['./digits.bin', '../digits.bin']

/** The shipped starter model. @throws LearningError `starter-damaged`, also where it is missing or made for another raster */
export function loadStarter(from: string | URL = import.meta.url): StarterModel {
  const files = places.map((place) => fileURLToPath(new URL(place, from)))
  const file = files.find((path) => existsSync(path))
  if (file === undefined)
    throw new LearningError(
      'starter-damaged',
      `the starter model is missing (looked for ${files.join(' and ')}); npm run starter makes it`,
    )
  const model = decodeStarter(readFileSync(file), file)
  if (model.rasterVersion !== RASTER_VERSION)
    throw new LearningError(
      'starter-damaged',
      `${file} was trained on raster ${model.rasterVersion}, this is raster ${RASTER_VERSION}`,
    )
  return model
}
