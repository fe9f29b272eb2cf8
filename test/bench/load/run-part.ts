import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { trainingSettingsSchema } from '../../../shared/training/settings.ts'

/** What a process of `resume-part.ts` is told. */
export const partSchema = z.object({
  settings: z.object(trainingSettingsSchema.shape),
  /** File of the checkpoint to go on from; null for the start. */
  from: z.nullable(z.string()),
  /** Turns that lie behind that checkpoint. */
  turn: z.int(),
  /** It ends with the turn that makes this step. */
  untilStep: z.int(),
  /** Where its checkpoint goes in the end. */
  to: z.nullable(z.string()),
})
export type ResumePart = z.infer<typeof partSchema>

const endSchema = z.object({
  turn: z.int(),
  step: z.int(),
  /** SHA-256 of each part of the state, by name. */
  hashes: z.record(z.string(), z.string()),
})
export type ResumePartEnd = z.infer<typeof endSchema>

const PROGRAM = fileURLToPath(new URL('./resume-part.ts', import.meta.url))

/** Trains in a process of its own. @throws Error with what it said, where it fails */
export async function runPart(part: ResumePart): Promise<ResumePartEnd> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), PROGRAM, JSON.stringify(part)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`a part of the training ended with ${String(child.exitCode)}`)
  return endSchema.parse(JSON.parse(output))
}
