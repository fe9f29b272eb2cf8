import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as z from 'zod'
import type { StrokePath } from '../../../server/learning/service.ts'
import { loadSketches } from '../../support/fixtures.ts'

/** Drawings by what they show, each class in the order of its file. */
export type DrawingsByWord = ReadonlyMap<string, readonly (readonly StrokePath[])[]>

const lineSchema = z.object({
  word: z.string(),
  recognized: z.optional(z.boolean()),
  strokes: z.array(z.tuple([z.array(z.number()), z.array(z.number())], z.array(z.number()))),
})

/**
 * The drawings of all `*.ndjson.gz` in a folder of stroke files; those that the game did not recognise are left out.
 * @throws Error naming file and line of what is no drawing
 */
export function readStrokeWords(folder: string): DrawingsByWord {
  const byWord = new Map<string, (readonly StrokePath[])[]>()
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson.gz'))
  for (const name of names.sort()) {
    const file = join(folder, name)
    const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n')
    lines.forEach((line, index) => {
      const { word, recognized, strokes } = parseLine(line, `${file}, line ${String(index + 1)}`)
      if (recognized === false) return
      const drawings = byWord.get(word) ?? []
      byWord.set(word, drawings)
      drawings.push(strokes.map(([xs, ys]) => ({ xs: Float32Array.from(xs), ys: Float32Array.from(ys) })))
    })
  }
  return byWord
}

/** The sketches of the fixtures, by word. */
export function fixtureWords(): DrawingsByWord {
  const byWord = new Map<string, (readonly StrokePath[])[]>()
  for (const { label, strokes } of loadSketches()) {
    const drawings = byWord.get(label) ?? []
    byWord.set(label, drawings)
    drawings.push(strokes)
  }
  return byWord
}

function parseLine(line: string, where: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch (cause) {
    throw new Error(`${where} is no drawing`, { cause })
  }
}
