import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TENSORFLOW_FOLDER } from '../learning/backend/native-tensorflow.ts'
import { compileBinding, installPackage } from './binding.ts'
import type { RunCommand } from './run-command.ts'
import { findTools, type Machine } from './tools.ts'
import { TENSORFLOW_VERSION, unpackTensorflow } from './wheels.ts'

export interface SetupOptions {
  /** The project's folder. */
  readonly root: string
  readonly gpu: boolean
  /** Makes all anew, what is there or not. */
  readonly again: boolean
  readonly machine: Machine
  readonly run: RunCommand
  readonly say: (line: string) => void
  /** Computes with what was set up, in a process of its own; resolves to what it says of itself. */
  readonly check: () => Promise<string>
}

/** What was set up, written once it is whole. */
const doneSchema = z.object({ tensorflow: z.string(), gpu: z.boolean() })

/**
 * Sets up TensorFlow in the project's folder, or finds that it is there. What was there stays until the new one is
 * whole.
 * @throws SetupError naming what is missing or failed
 */
export async function setUpTensorflow(options: SetupOptions): Promise<void> {
  const { root, gpu, run, say } = options
  const folder = join(root, TENSORFLOW_FOLDER)
  if (!options.again && (await isThere(folder, options))) return

  const tools = await findTools(options.machine, run, root)
  const making = `${folder}-making`
  await rm(making, { recursive: true, force: true })
  await mkdir(join(making, 'site'), { recursive: true })
  try {
    await mkdir(join(making, 'wheels'))
    const places = { folder: join(making, 'wheels'), site: join(making, 'site') }
    const parts = [
      unpackTensorflow({ gpu, arch: options.machine.arch, ...places }, run, say),
      installPackage(making, tools, run),
    ]
    // Where one fails the other ends first: nothing writes into a folder that is being removed.
    await Promise.allSettled(parts)
    await Promise.all(parts)
    say('Compiling the binding …')
    await compileBinding(making, tools, run)
    await rm(places.folder, { recursive: true })
    await rm(folder, { recursive: true, force: true })
    await rename(making, folder)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  say(`It computes: ${await options.check()}`)
  await writeFile(join(folder, 'done.json'), JSON.stringify({ tensorflow: TENSORFLOW_VERSION, gpu }))
}

async function isThere(folder: string, { gpu, check, say }: SetupOptions): Promise<boolean> {
  const file = join(folder, 'done.json')
  if (!existsSync(file)) return false
  const done = doneSchema.safeParse(parse(await readFile(file, 'utf8')))
  // What has CUDA also computes without.
  if (!done.success || done.data.tensorflow !== TENSORFLOW_VERSION || (gpu && !done.data.gpu)) return false
  try {
    say(`TensorFlow ${TENSORFLOW_VERSION} is set up already: ${await check()}`)
    return true
  } catch (error) {
    say(
      `What is set up does not compute, so it is made anew: ${error instanceof Error ? error.message : String(error)}`,
    )
    return false
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
