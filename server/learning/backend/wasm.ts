import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { enableProdMode, env, memory, setBackend } from '@tensorflow/tfjs-core'
import type { Backend } from './backend.ts'
import { registerTrainingKernels } from './kernels/register.ts'
import { backendMemory } from './memory.ts'
import { createNetwork } from './network.ts'
import { probed } from './probe.ts'

/** TensorFlow.js on WebAssembly, with the training kernels; rejects where its module does not load or they do not compute. */
export async function openWasm(): Promise<Backend> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  // No checks of what is checked already, no greeting on the console.
  enableProdMode()
  // Its binaries lie beside its manifest, wherever this module was bundled to.
  const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')
  setWasmPaths(join(dirname(manifest), 'dist') + sep)
  if (!(await setBackend('wasm'))) throw new Error('its WebAssembly module does not start')
  registerTrainingKernels()
  const simd = (await env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true
  return probed({
    name: 'wasm',
    description: `TensorFlow.js on WebAssembly${simd ? ' SIMD' : ''}, 1 thread`,
    network: (architecture) => createNetwork('wasm', architecture),
    memory: () => backendMemory(memory()),
  })
}
