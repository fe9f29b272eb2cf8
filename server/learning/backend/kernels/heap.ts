import { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { TensorInfo } from '@tensorflow/tfjs-core'
import { compileLoops, isMemory, type Loops } from './simd/loops.ts'

/** The wasm backend behind a kernel's `backend`, which the library types as unknown. */
export function wasmOf(backend: unknown): BackendWasm {
  if (!(backend instanceof BackendWasm)) throw new Error('this kernel is for the wasm backend')
  return backend
}

/** A tensor's values where they lie. Valid until the next allocation: a heap that grows detaches its views. */
export function floatsOf(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  const view = backend.typedArrayFromHeap(tensor)
  if (!(view instanceof Float32Array)) throw new TypeError(`expected float32, got ${tensor.dtype}`)
  return view
}

const compiled = new WeakMap<BackendWasm, Loops>()

/** The training loops over a backend's heap; compiled once. */
export function loopsOf(backend: BackendWasm): Loops {
  const known = compiled.get(backend)
  if (known) return known
  const loops = compileLoops(memoryOf(backend))
  compiled.set(backend, loops)
  return loops
}

/** The library shows its heap's bytes, and its memory only among the exports of its module. */
function memoryOf({ wasm }: BackendWasm): object {
  const exports: unknown = 'asm' in wasm ? wasm.asm : null
  const memory =
    typeof exports === 'object' && exports !== null && 'memory' in exports ? exports.memory : null
  if (!isMemory(memory)) throw new Error('the wasm backend does not show its memory')
  return memory
}
