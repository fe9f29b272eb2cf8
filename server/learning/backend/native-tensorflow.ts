import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import util from 'node:util'
import { backend, enableProdMode, setBackend } from '@tensorflow/tfjs-core'
import { keepBindingLoaded } from './native-module.ts'
import { projectRoot } from './project-root.ts'

/** Where `npm run setup:tensorflow` puts what it makes, in the project's folder. */
export const TENSORFLOW_FOLDER = '.tensorflow'

const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu'
const CPU_PACKAGE = '@tensorflow/tfjs-node'

export interface NativeTensorflow {
  /** Whether it computes on a CUDA device. */
  readonly usesGpu: boolean
  /** TensorFlow's own version. */
  readonly version: string
}

interface Candidate {
  readonly folder: string
  readonly name: string
}

let loaded: NativeTensorflow | null = null

/**
 * Loads libtensorflow into this thread as the library's backend `tensorflow`: once, the first candidate that loads.
 * @param packages `gpu`: only the package that can use a CUDA device; `any`: also the one that cannot
 * @throws Error with the reason of the last candidate, when none loads
 */
export async function loadNativeTensorflow(packages: 'gpu' | 'any'): Promise<NativeTensorflow> {
  if (loaded) return loaded
  // No checks of what is checked already, no greeting on the console.
  enableProdMode()
  const root = projectRoot()
  const candidates: Candidate[] = [
    { folder: root, name: GPU_PACKAGE },
    { folder: join(root, TENSORFLOW_FOLDER), name: GPU_PACKAGE },
    ...(packages === 'any' ? [{ folder: root, name: CPU_PACKAGE }] : []),
  ]
  const failures: unknown[] = []
  for (const candidate of candidates) {
    if (!isInstalled(candidate)) continue
    try {
      loaded = await load(candidate)
      return loaded
    } catch (error) {
      failures.push(error)
    }
  }
  const cause = failures.at(-1)
  if (cause instanceof Error)
    throw new Error(`it is installed and does not load: ${cause.message}`, { cause })
  throw new Error('it is not installed (npm run setup:tensorflow)')
}

function isInstalled({ folder, name }: Candidate): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`, { paths: [folder] })
    return true
  } catch {
    return false
  }
}

async function load({ folder, name }: Candidate): Promise<NativeTensorflow> {
  // Node 23 took away what the package calls.
  if (!('isNullOrUndefined' in util))
    Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined })
  const require = createRequire(join(folder, 'package.json'))
  keepBindingLoaded(require, dirname(require.resolve(`${name}/package.json`)))
  require(name)
  if (!(await setBackend('tensorflow'))) throw new Error('it does not start')
  const active: unknown = backend()
  if (
    typeof active !== 'object' ||
    active === null ||
    !('isUsingGpuDevice' in active) ||
    typeof active.isUsingGpuDevice !== 'boolean'
  )
    throw new Error('it does not tell what it computes on')
  return { usesGpu: active.isUsingGpuDevice, version: versionOf(active) }
}

function versionOf(active: object): string {
  if (!('binding' in active) || typeof active.binding !== 'object' || active.binding === null) return ''
  const { binding } = active
  return 'TF_Version' in binding && typeof binding.TF_Version === 'string' ? binding.TF_Version : ''
}
