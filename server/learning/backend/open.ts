import type { Backend, BackendName } from './backend.ts'
import { backendNames } from './backend.ts'
import { openCpu } from './cpu.ts'
import { openWasm } from './wasm.ts'

/** How each backend is loaded; rejects where it cannot be. Listed best first. */
export type Rungs = Readonly<Record<BackendName, () => Promise<Backend>>>

const rungs: Rungs = { wasm: openWasm, cpu: openCpu }

/**
 * Opens this thread's compute backend: `auto` takes the best that loads and logs why a better one did not; a named
 * one is opened or the call rejects with its reason.
 */
export async function openBackend(
  wanted: 'auto' | BackendName,
  log: (line: string) => void,
  from: Rungs = rungs,
): Promise<Backend> {
  const names = wanted === 'auto' ? backendNames : [wanted]
  let reason: unknown
  for (const name of names) {
    try {
      const backend = await from[name]()
      log(`compute backend: ${backend.name} (${backend.description})`)
      return backend
    } catch (error) {
      reason = error
      log(`compute backend ${name} does not load: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(`no compute backend loads (tried ${names.join(', ')})`, { cause: reason })
}
