/*
 * What trainer and predictor need of a compute backend. Weights, gradients and pixels are flat Float32Arrays in
 * main memory, in the layout of `model/layout.ts`; nothing here names the library underneath.
 */

export const backendNames = ['wasm', 'cpu'] as const
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
  /** size * EMBEDDING: factor on each embedding value (0 or 1 / keep), or null for no dropout. */
  readonly dropout: Float32Array | null
}

export interface Gradient {
  /** Weighted mean cross-entropy, in nats. */
  readonly loss: number
  /** d loss / d weights, in the weights' layout. */
  readonly values: Float32Array
}

/** One network (the `cnn` family) with its weights, on a backend. Calls on one network do not overlap. */
export interface Network {
  readonly classes: number
  setWeights(weights: Float32Array): void
  /** Logits, size * classes. */
  logits(pixels: Float32Array, size: number): Promise<Float32Array>
  /** Embeddings after the last hidden layer, size * EMBEDDING. */
  embed(pixels: Float32Array, size: number): Promise<Float32Array>
  gradient(batch: Batch): Promise<Gradient>
  dispose(): void
}

export interface Backend {
  readonly name: BackendName
  /** In words: library, device, threads. */
  readonly description: string
  network(classes: number): Network
  /** Tensors alive on the backend, for leak tests. */
  liveTensors(): number
}
