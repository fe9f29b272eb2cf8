import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { prepareNativeLibraries } from '../learning/backend/native-environment.ts'
import { projectRoot } from '../learning/backend/project-root.ts'
import { openTensorflow, openTensorflowGpu } from '../learning/backend/tensorflow.ts'
import { runCommand } from './run-command.ts'
import { setUpTensorflow } from './setup.ts'
import { SetupError } from './setup-error.ts'

const USAGE = `usage: npm run setup:tensorflow [-- --gpu] [--again]
Makes TensorFlow usable by the server, in .tensorflow: about 1 GB and a minute.
--gpu takes the one with CUDA, for an NVIDIA GPU: about 6 GB. --again makes all anew.`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Loads what was set up and says what it is, for a process that this one starts. */
async function check(): Promise<void> {
  prepareNativeLibraries('auto')
  try {
    say((await openTensorflowGpu()).description)
  } catch (error) {
    say(`${(await openTensorflow()).description} (${error instanceof Error ? error.message : String(error)})`)
  }
}

async function main(): Promise<void> {
  const words = process.argv.slice(2).filter((word, place) => place > 0 || word !== 'setup-tensorflow')
  const options = {
    gpu: { type: 'boolean' },
    again: { type: 'boolean' },
    check: { type: 'boolean' },
  } as const
  let values
  try {
    ;({ values } = parseArgs({ args: words, options }))
  } catch (cause) {
    throw new SetupError(USAGE, { cause })
  }
  if (values.check === true) {
    await check()
    return
  }
  const root = projectRoot()
  await setUpTensorflow({
    root,
    gpu: values.gpu === true,
    again: values.again === true,
    machine: { platform: process.platform, arch: process.arch, environment: process.env },
    run: runCommand,
    say,
    check: async () => {
      const program = [...process.execArgv, fileURLToPath(import.meta.url), '--check']
      return (await runCommand(process.execPath, program, root)).trim()
    },
  })
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : String(error)}\n`)
  process.exitCode = 1
}
