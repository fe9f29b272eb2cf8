import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import type { RunCommand } from './run-command.ts'
import { SetupError } from './setup-error.ts'

/** Programs that the set-up runs beside python3, as absolute paths of scripts for Node. */
export interface Tools {
  readonly npm: string
  readonly nodeGyp: string
}

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Finds what the set-up needs.
 * @throws SetupError that names what is missing and how it is installed
 */
export async function findTools(machine: Machine, run: RunCommand, folder: string): Promise<Tools> {
  const { platform, arch } = machine
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64'))
    throw new SetupError(
      `TensorFlow is set up on Linux (x64, arm64) alone; this is ${platform} ${arch}. The server computes with WebGPU or WebAssembly here.`,
    )
  const needs = [
    {
      words: ['python3', '--version'],
      missing: 'python3 is missing: install it (Debian: apt install python3 python3-pip)',
    },
    {
      words: ['python3', '-m', 'pip', '--version'],
      missing: 'pip, the installer of python3, is missing: install it (Debian: apt install python3-pip)',
    },
    {
      words: ['g++', '--version'],
      missing: 'the compiler g++ is missing: install it (Debian: apt install g++)',
    },
    { words: ['make', '--version'], missing: 'make is missing: install it (Debian: apt install make)' },
  ]
  for (const { words, missing } of needs) {
    const [command = '', ...rest] = words
    try {
      await run(command, rest, folder)
    } catch (cause) {
      throw new SetupError(missing, { cause })
    }
  }
  const npm = findNpm(machine.environment)
  return { npm, nodeGyp: findNodeGyp(npm, machine.environment) }
}

function findNpm(environment: Machine['environment']): string {
  // Set by npm where it runs this program.
  const running = environment['npm_execpath'] ?? ''
  const path = running.endsWith('npm-cli.js') ? running : onPath('npm', environment)
  if (path === null) throw new SetupError('npm is missing: install Node.js with npm')
  return realpathSync(path)
}

/** npm brings node-gyp along; some distributions ship it apart. */
function findNodeGyp(npm: string, environment: Machine['environment']): string {
  try {
    return createRequire(npm).resolve('node-gyp/bin/node-gyp.js')
  } catch (cause) {
    const apart = onPath('node-gyp', environment)
    if (apart === null)
      throw new SetupError('node-gyp is missing, which npm usually brings: npm install --global node-gyp', {
        cause,
      })
    return realpathSync(apart)
  }
}

function onPath(name: string, environment: Machine['environment']): string | null {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

/** The folder that has this Node's headers as include/node, null where node-gyp has to fetch them. */
export function headersOf(executable: string): string | null {
  const prefix = dirname(dirname(realpathSync(executable)))
  return existsSync(join(prefix, 'include/node/node_api.h')) ? prefix : null
}
