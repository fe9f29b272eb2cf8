import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program that `npm start`, `npm run backup` and `npm run restore` run. */
export const START = fileURLToPath(new URL('../../server/start.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  /** What it said, on both streams. */
  readonly said: string
}

/** Runs `npm run backup` or `npm run restore` as npm does, on the data of `dataDir`. */
export function runProgram(
  program: 'backup' | 'restore',
  words: readonly string[],
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [START, program, ...words], {
    env: { ...process.env, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, said: chunks.join('') })
    })
  })
}
