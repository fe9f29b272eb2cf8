import { existsSync, readdirSync } from 'node:fs'
import { env, enableProdMode, memory, setBackend } from '@tensorflow/tfjs-core'
import type { Backend } from './backend.ts'
import { backendMemory } from './memory.ts'
import { createNetwork } from './network.ts'
import { probed } from './probe.ts'

/** Where the processor computes what a graphics card would. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i

/**
 * WebGPU through Dawn on a Vulkan, Metal or Direct3D 12 adapter; rejects where there is none. An adapter in software is
 * slower than WebAssembly, so it is taken only when `forced`.
 */
export async function openWebgpu(forced: boolean): Promise<Backend> {
  // Looking for an adapter takes a while and lets drivers write to the console.
  if (!forced && !hasGpuDevice()) throw new Error('this machine has no GPU')
  // A second device beside a first one that is let go of ends the process.
  found ??= findAdapter()
  const adapter = await found
  if (adapter.software && !forced) throw new Error(`its adapter computes in software (${adapter.words})`)
  await import('@tensorflow/tfjs-backend-webgpu')
  // No checks of what is checked already, no greeting on the console.
  enableProdMode()
  // Small tensors would be computed by another backend, whose kernels need not be there.
  env().set('WEBGPU_CPU_FORWARD', false)
  if (!(await setBackend('webgpu'))) throw new Error('its device does not start')
  return probed({
    name: 'webgpu',
    description: `TensorFlow.js on WebGPU, ${adapter.words}`,
    network: (architecture) => createNetwork('webgpu', architecture),
    memory: () => backendMemory(memory()),
  })
}

interface Adapter {
  readonly words: string
  readonly software: boolean
}

let found: Promise<Adapter> | null = null

/** Makes `navigator.gpu`, which the library's backend looks for when it is imported. */
async function findAdapter(): Promise<Adapter> {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const gpu = create([])
  const known: unknown = Reflect.get(globalThis, 'navigator')
  // Node 20 has none.
  const navigator: object = typeof known === 'object' && known !== null ? known : {}
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true })
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true })
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('there is no Vulkan, Metal or Direct3D 12 adapter')
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info
  const words = [...new Set([vendor, architecture, description].filter((word) => word !== ''))].join(' ')
  return { words, software: isFallbackAdapter || SOFTWARE.test(words) }
}

function hasGpuDevice(): boolean {
  if (process.platform !== 'linux') return true
  if (existsSync('/dev/dxg') || existsSync('/dev/nvidiactl')) return true
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'))
}
