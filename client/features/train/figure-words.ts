import type { ModelInfo, TrainingStatus } from '../../../shared/training/status.ts'
import type { Words } from './say.ts'

const backends: readonly string[] = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu']
const MEGABYTE = 1e6

/** The name of what computes, as its makers write it; null for one that this page does not know. */
export function backendWords(backend: string): Words | null {
  return backends.includes(backend) ? { key: `facts.backend.${backend}` } : null
}

/** The technical line: the model, where it is computed, how fast, and what that takes. What is unknown is left out. */
export function figureWords(status: TrainingStatus, model: ModelInfo | null): readonly Words[] {
  const { samplesPerSecond, stepsPerSecond, loss, queue, memory } = status
  const figures: Words[] = []
  if (model) {
    figures.push({ key: 'facts.model', values: { version: model.version } })
    figures.push({ key: 'facts.parameters', values: { n: model.parameters.toLocaleString('en') } })
  }
  if (loss !== null) figures.push({ key: 'facts.loss', values: { loss: loss.toFixed(loss < 0.1 ? 3 : 2) } })
  if (samplesPerSecond !== null)
    figures.push({ key: 'facts.samples', values: { n: Math.round(samplesPerSecond).toLocaleString('en') } })
  if (stepsPerSecond !== null)
    figures.push({
      key: 'facts.steps',
      values: { n: stepsPerSecond.toFixed(stepsPerSecond < 10 ? 1 : 0) },
    })
  if (queue > 0) figures.push({ key: 'facts.queue', values: { n: queue } })
  if (memory.tensors > 0) figures.push({ key: 'facts.tensors', values: { n: memory.tensors } })
  if (memory.bytes !== null)
    figures.push({ key: 'facts.memory', values: { mb: (memory.bytes / MEGABYTE).toFixed(1) } })
  return figures
}
