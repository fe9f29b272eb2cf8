import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { classIdOf, labelLogOf, openDriven } from '../../integration/learning/drive.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { partSchema, type ResumePartEnd } from './run-part.ts'

/*
 * Trains a project from one turn to another and prints what it came to. What arrives before a turn follows from the
 * turn's number alone, so that processes with other beginnings and ends hear the same log in the same way.
 */

const CLASSES = 4
const DRAWINGS_PER_CLASS = 30
/** In turns: arrivals meet groups that are not finished, practice, and rest. */
const DRAWING_EVERY = 4

const part = partSchema.parse(JSON.parse(process.argv[2] ?? ''))
const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, CLASSES)
const log = labelLogOf(sketches, words, DRAWINGS_PER_CLASS)
const backend = await openBackend('wasm', () => undefined)
const { project } = await openDriven(
  backend,
  {
    classIds: words.map((_, index) => classIdOf(index)),
    settings: part.settings,
    checkpoint: part.from === null ? null : new Uint8Array(readFileSync(part.from)),
  },
  part.from === null ? [] : log.slice(0, Math.ceil(part.turn / DRAWING_EVERY)),
)
let { turn } = part
while (project.status(0).step < part.untilStep) {
  const drawing = turn % DRAWING_EVERY === 0 ? log[turn / DRAWING_EVERY] : undefined
  if (drawing) project.receive([drawing])
  else if (project.work() === null && turn > log.length * DRAWING_EVERY)
    throw new Error(`the log ended before step ${String(part.untilStep)}`)
  await project.advance()
  turn++
}
const { blob } = project.checkpoint()
if (part.to !== null) writeFileSync(part.to, blob)
const end: ResumePartEnd = { turn, step: project.status(0).step, hashes: hashesOf(decodeCheckpoint(blob)) }
process.stdout.write(JSON.stringify(end))

/** SHA-256 of each part of a state: of the bits of numbers in arrays, and of the text of all else but spent time. */
function hashesOf(state: object): Record<string, string> {
  const bits = (key: string, value: unknown): unknown =>
    value instanceof Float32Array ? sha256(value) : key === 'ms' ? null : value
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, sha256(JSON.stringify([value], bits))]),
  )
}

function sha256(data: string | Float32Array): string {
  return createHash('sha256').update(data).digest('hex')
}
