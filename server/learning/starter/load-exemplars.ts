import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeExemplars, type Exemplars } from './exemplars-file.ts'

/** Beside this module, as in the sources and in the built server. */
const places = ['./exemplars.bin', '../exemplars.bin']

/**
 * A few of the drawings the starter was trained on, by its class index: they keep a room from unlearning what it came
 * with. Throws where the file is missing or damaged.
 */
export function loadExemplars(): Exemplars {
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const file = files.find((path) => existsSync(path))
  if (file === undefined) throw new Error(`the starter's exemplars are missing (${files.join(' and ')})`)
  return decodeExemplars(readFileSync(file), file)
}
