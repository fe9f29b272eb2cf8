import type { BackendMemory } from './backend.ts'

/** What the library says of its memory; `unreliable`: its count of bytes is a guess. */
export function backendMemory(info: {
  readonly numTensors: number
  readonly numBytes: number
  readonly unreliable?: boolean
}): BackendMemory {
  return { tensors: info.numTensors, bytes: info.unreliable === true ? null : info.numBytes }
}
