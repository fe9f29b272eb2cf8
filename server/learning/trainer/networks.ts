import type { Backend, Network } from '../backend/backend.ts'
import { EMBEDDING, PIXELS } from '../model/layout.ts'
import { relayHead } from '../model/widen.ts'

/** Networks that are kept; each holds the tensors of one number of classes. */
const MOST_NETWORKS = 6
/** Samples a forward pass takes at once. */
const CHUNK = 64

/** One network a number of classes, shared by all projects: weights are set before each use. */
export class Networks {
  private readonly byClasses = new Map<number, Network>()

  constructor(private readonly backend: Backend) {}

  /** The network for `weights` of so many classes, with these weights set. */
  with(weights: Float32Array, classes: number): Network {
    let network = this.byClasses.get(classes)
    this.byClasses.delete(classes)
    network ??= this.backend.network(classes)
    this.byClasses.set(classes, network)
    if (this.byClasses.size > MOST_NETWORKS) this.dropOldest()
    network.setWeights(weights)
    return network
  }

  /** Logits of rasters (784 values each), one array of `classes` values after the other. */
  async logits(weights: Float32Array, classes: number, pixels: Float32Array): Promise<Float32Array> {
    const network = this.with(weights, classes)
    return inChunks(pixels, classes, (chunk, size) => network.logits(chunk, size))
  }

  /** Embeddings of rasters, EMBEDDING values each. */
  async embed(weights: Float32Array, classes: number, pixels: Float32Array): Promise<Float32Array> {
    // A head without classes has no network of its own; its body is the same under any head.
    const network = classes > 0 ? this.with(weights, classes) : this.with(relayHead(weights, 0, [null]), 1)
    return inChunks(pixels, EMBEDDING, (chunk, size) => network.embed(chunk, size))
  }

  dispose(): void {
    for (const network of this.byClasses.values()) network.dispose()
    this.byClasses.clear()
  }

  private dropOldest(): void {
    const [oldest] = this.byClasses.keys()
    if (oldest === undefined) return
    this.byClasses.get(oldest)?.dispose()
    this.byClasses.delete(oldest)
  }
}

async function inChunks(
  pixels: Float32Array,
  width: number,
  run: (chunk: Float32Array, size: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const count = pixels.length / PIXELS
  const result = new Float32Array(count * width)
  for (let from = 0; from < count; from += CHUNK) {
    const size = Math.min(CHUNK, count - from)
    result.set(await run(pixels.subarray(from * PIXELS, (from + size) * PIXELS), size), from * width)
  }
  return result
}
