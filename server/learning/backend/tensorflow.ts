import { memory } from '@tensorflow/tfjs-core'
import type { Backend } from './backend.ts'
import { backendMemory } from './memory.ts'
import { loadNativeTensorflow } from './native-tensorflow.ts'
import { createNetwork } from './network.ts'
import { probed } from './probe.ts'

/** libtensorflow on a CUDA device; rejects where it is not there or finds no such device. */
export async function openTensorflowGpu(): Promise<Backend> {
  const { usesGpu, version } = await loadNativeTensorflow('gpu')
  if (!usesGpu) throw new Error(`TensorFlow ${version} finds no CUDA device`)
  return probed(open('tensorflow-gpu', `TensorFlow ${version} on a CUDA device`))
}

/** libtensorflow on the processor; rejects where it is not there, or computes on a CUDA device. */
export async function openTensorflow(): Promise<Backend> {
  const { usesGpu, version } = await loadNativeTensorflow('any')
  if (usesGpu) throw new Error(`TensorFlow ${version} computes on a CUDA device: that is tensorflow-gpu`)
  return probed(open('tensorflow', `TensorFlow ${version} on the processor`))
}

function open(name: 'tensorflow-gpu' | 'tensorflow', description: string): Backend {
  return {
    name,
    description,
    // The library knows one backend of this name, whatever it computes on.
    network: (architecture) => createNetwork('tensorflow', architecture),
    memory: () => backendMemory(memory()),
  }
}
