import { embeddingWidth, PIXELS, type Architecture } from '../../../shared/training/architecture.ts'
import type { Backend, BackendMemory, Network } from '../backend/backend.ts'
import { relayHead } from '../model/widen.ts'

/** Networks that are kept; each holds the tensors of one architecture. */
const MOST_NETWORKS = 6
/** Samples a forward pass takes at once. */
const CHUNK = 64

/** One network an architecture, shared by all projects: weights are set before each use. */
export class Networks {
  private readonly byArchitecture = new Map<string, Network>()

  constructor(private readonly backend: Backend) {}

  /** The network for `weights`, with these weights set. */
  with(weights: Float32Array, architecture: Architecture): Network {
    const key = `${architecture.family}/${String(architecture.classes)}`
    let network = this.byArchitecture.get(key)
    this.byArchitecture.delete(key)
    network ??= this.backend.network(architecture)
    this.byArchitecture.set(key, network)
    if (this.byArchitecture.size > MOST_NETWORKS) this.dropOldest()
    network.setWeights(weights)
    return network
  }

  /** Logits of rasters (784 values each), one array of a value a class after the other. */
  async logits(
    weights: Float32Array,
    architecture: Architecture,
    pixels: Float32Array,
  ): Promise<Float32Array> {
    const network = this.with(weights, architecture)
    return inChunks(pixels, architecture.classes, (chunk, size) => network.logits(chunk, size))
  }

  /** Embeddings of rasters, as many values each as the family's embedding is wide. */
  async embed(
    weights: Float32Array,
    architecture: Architecture,
    pixels: Float32Array,
  ): Promise<Float32Array> {
    const { family, classes } = architecture
    // A head without classes has no network of its own; its body is the same under any head.
    const network =
      classes > 0
        ? this.with(weights, architecture)
        : this.with(relayHead(weights, architecture, [null]), { family, classes: 1 })
    return inChunks(pixels, embeddingWidth(family), (chunk, size) => network.embed(chunk, size))
  }

  memory(): BackendMemory {
    return this.backend.memory()
  }

  dispose(): void {
    for (const network of this.byArchitecture.values()) network.dispose()
    this.byArchitecture.clear()
  }

  private dropOldest(): void {
    const [oldest] = this.byArchitecture.keys()
    if (oldest === undefined) return
    this.byArchitecture.get(oldest)?.dispose()
    this.byArchitecture.delete(oldest)
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
