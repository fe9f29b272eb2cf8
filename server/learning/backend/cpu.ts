import { enableProdMode, memory, setBackend } from '@tensorflow/tfjs-core'
import type { Backend } from './backend.ts'
import { backendMemory } from './memory.ts'
import { createNetwork } from './network.ts'

/** The plain JavaScript backend: slow, and everywhere. */
export async function openCpu(): Promise<Backend> {
  await import('@tensorflow/tfjs-backend-cpu')
  // It greets on the console otherwise.
  enableProdMode()
  if (!(await setBackend('cpu'))) throw new Error('the plain JavaScript backend does not start')
  return {
    name: 'cpu',
    description: 'TensorFlow.js in plain JavaScript, 1 thread',
    network: (architecture) => createNetwork('cpu', architecture),
    memory: () => backendMemory(memory()),
  }
}
