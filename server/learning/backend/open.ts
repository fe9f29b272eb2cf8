import type { Backend, BackendName } from './backend.ts'
import { backendNames } from './backend.ts'
import { openCpu } from './cpu.ts'
import { prepareNativeLibraries } from './native-environment.ts'
import { openTensorflow, openTensorflowGpu } from './tensorflow.ts'
import { openWasm } from './wasm.ts'
import { openWebgpu } from './webgpu.ts'

/**
 * How each backend is loaded; rejects where it cannot be. `forced`: it was asked for by name, so that what works but
 * would be no gain is taken too.
 */
export type Rungs = Readonly<Record<BackendName, (forced: boolean) => Promise<Backend>>>

const rungs: Rungs = {
  'tensorflow-gpu': openTensorflowGpu,
  tensorflow: openTensorflow,
  webgpu: openWebgpu,
  wasm: openWasm,
  cpu: openCpu,
}

/**
 * Opens this thread's compute backend: `auto` takes the best that loads and logs why a better one did not; a named
 * one is opened or the call rejects with its reason.
 */
export async function openBackend(
  wanted: 'auto' | BackendName,
  log: (line: string) => void,
  from: Rungs = rungs,
): Promise<Backend> {
  prepareNativeLibraries(wanted)
  const names = wanted === 'auto' ? backendNames : [wanted]
  let reason: unknown
  for (const name of names) {
    try {
      const backend = await from[name](wanted === name)
      log(`compute backend: ${backend.name} (${backend.description})`)
      return backend
    } catch (error) {
      reason = error
      log(`compute backend ${name} does not load: ${firstLine(error)}`)
    }
  }
  throw new Error(`no compute backend loads (tried ${names.join(', ')}): ${firstLine(reason)}`, {
    cause: reason,
  })
}

/** Node adds the stack of requires to what it says of a missing module, below the first line. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split('\n')[0] ?? '').trim()
}
