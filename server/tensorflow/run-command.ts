import { execFile } from 'node:child_process'
import { SetupError } from './setup-error.ts'

/** Most output of a command that is kept, in bytes: a compiler can say a lot. */
const MOST_OUTPUT = 64 * 1024 * 1024
const LINES_TOLD = 12

/** Runs a program to its end; resolves to its standard output. */
export type RunCommand = (command: string, words: readonly string[], folder: string) => Promise<string>

/** @throws SetupError with the last lines that the program said; its cause has the code `ENOENT` where there is none */
export const runCommand: RunCommand = (command, words, folder) =>
  new Promise((resolve, reject) => {
    execFile(command, [...words], { cwd: folder, maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      if (!error) {
        resolve(stdout)
        return
      }
      const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-LINES_TOLD).join('\n')
      reject(
        new SetupError(`${[command, ...words].join(' ')} failed:\n${said || error.message}`, {
          cause: error,
        }),
      )
    })
  })
