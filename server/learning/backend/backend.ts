import type { Architecture } from '../../../shared/training/architecture.ts'

/*
 * What trainer and predictor need of a compute backend. Weights, gradients and pixels are flat Float32Arrays in
 * main memory, in the layout of `shared/training/layout.ts`; nothing here names the library underneath.
 */

/** The ladder, best first. */
export const backendNames = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'] as const
export type BackendName = (typeof backendNames)[number]

/** A batch to learn from. */
export interface Batch {
  /** Samples. */
  readonly size: number
  /** size * 784, row-major, 0 (paper) to 1 (ink). */
  readonly pixels: Float32Array
  /** size * classes: target distribution of each sample. */
  readonly targets: Float32Array
  /** size: weight of each sample in the mean loss. */
  readonly sampleWeights: Float32Array
  /** size * embedding width: factor on each embedding value (0 or 1 / keep), or null for no dropout. */
  readonly dropout: Float32Array | null
}

export interface Gradient {
  /** Weighted mean cross-entropy, in nats; the mean of all members of an ensemble. */
  readonly loss: number
  /** size: cross-entropy of each sample, unweighted. */
  readonly losses: Float32Array
  /** d loss / d weights, in the weights' layout; each member's is that of its own loss. Zero for statistics. */
  readonly values: Float32Array
  /** What the batch's own means and variances are, by the offset of the statistics that follow them. */
  readonly statistics: readonly { readonly offset: number; readonly values: Float32Array }[]
}

/** What of a network is trained: a frozen body is run as when guessing, its statistics stay, its gradient is zero. */
export type Trained = 'all' | 'head'

/** One network with its weights, on a backend. Calls on one network do not overlap. */
export interface Network {
  readonly architecture: Architecture
  setWeights(weights: Float32Array): void
  /** Logits, size * classes; of an ensemble the logarithm of its members' mean probabilities. */
  logits(pixels: Float32Array, size: number): Promise<Float32Array>
  /** Embeddings after the last hidden layer, size * embedding width. */
  embed(pixels: Float32Array, size: number): Promise<Float32Array>
  gradient(batch: Batch, trained: Trained): Promise<Gradient>
  dispose(): void
}

export interface BackendMemory {
  readonly tensors: number
  /** Null where the backend does not say. */
  readonly bytes: number | null
}

export interface Backend {
  readonly name: BackendName
  /** In words: library, device, threads. */
  readonly description: string
  network(architecture: Architecture): Network
  /** What is alive on the backend, for the status and for leak tests. */
  memory(): BackendMemory
}
