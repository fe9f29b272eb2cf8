import { RASTER_LENGTH, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import type { ModelInfo } from '../../../shared/training/status.ts'
import type { Backend, Network } from '../backend/backend.ts'
import { unpackDrawings, type PackedDrawings } from '../packed-drawings.ts'
import type { Predicted, ServedModel } from '../rpc.ts'
import { softmax } from '../softmax.ts'

interface HotModel {
  readonly served: ServedModel
  /** Null for a model that knows no class yet. */
  readonly network: Network | null
}

/** Models ready to guess, the least recently used dropped beyond `most`; pinned ones stay. */
export class HotModels {
  private readonly models = new Map<string, HotModel>()
  private readonly pinned = new Map<string, HotModel>()

  constructor(
    private readonly backend: Backend,
    private readonly most: number,
  ) {}

  pin(key: string, served: ServedModel): void {
    this.pinned.set(key, this.heat(served))
  }

  load(key: string, served: ServedModel): void {
    const known = this.models.get(key)
    this.models.delete(key)
    if (known?.network && sameShape(known.served.model, served.model)) {
      known.network.setWeights(served.weights)
      this.models.set(key, { served, network: known.network })
      return
    }
    known?.network?.dispose()
    this.models.set(key, this.heat(served))
    const [oldest] = this.models.keys()
    if (this.models.size > this.most && oldest !== undefined) this.drop(oldest)
  }

  drop(key: string): void {
    this.models.get(key)?.network?.dispose()
    this.models.delete(key)
  }

  /** Probabilities of each drawing, in the order of the model's classes. */
  async predict(key: string, drawings: PackedDrawings): Promise<Predicted> {
    const hot = this.pinned.get(key) ?? this.models.get(key)
    if (!hot) return { kind: 'missing' }
    if (this.models.delete(key)) this.models.set(key, hot)
    const { model, recipe, temperature } = hot.served
    if (!hot.network) return { kind: 'made', model, probabilities: new Float32Array(0) }
    const unpacked = unpackDrawings(drawings)
    const pixels = new Float32Array(unpacked.length * RASTER_LENGTH)
    unpacked.forEach((strokes, index) => {
      rasteriseInto(pixels, index * RASTER_LENGTH, strokes, recipe)
    })
    const logits = await hot.network.logits(pixels, unpacked.length)
    return { kind: 'made', model, probabilities: softmax(logits, model.classIds.length, temperature) }
  }

  private heat(served: ServedModel): HotModel {
    const { family, classIds } = served.model
    if (classIds.length === 0) return { served, network: null }
    const network = this.backend.network({ family, classes: classIds.length })
    network.setWeights(served.weights)
    return { served, network }
  }
}

function sameShape(a: ModelInfo, b: ModelInfo): boolean {
  return a.family === b.family && a.classIds.length === b.classIds.length
}
