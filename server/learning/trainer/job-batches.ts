import type { Recipe } from '../../../shared/raster/recipe.ts'
import { embeddingWidth, PIXELS } from '../../../shared/training/architecture.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import type { JobPlan } from '../../../shared/training/status.ts'
import type { Batch } from '../backend/backend.ts'
import { hashText, randomFor, type Random } from '../model/random.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { StrokePath } from '../service.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import { augmentImage, defaultImageAugmentation } from '../starter/image-augment.ts'
import { drawVaried, dropoutMask, ROOM_WEIGHT, setTarget } from './batch.ts'
import type { DigitImages } from './job-digits.ts'
import type { JobState } from './job-state.ts'

/** How many exemplars of the starter all of a class's images together weigh as much as. */
const IMAGES_WEIGHT = 300
/** Steps of an epoch, however few or many drawings there are. */
const LEAST_STEPS = 10
const MOST_STEPS = 2_000
/** Dropout of a full training of the reference network, where nobody chose another. */
const CNN_DROPOUT = 0.5

/** What a project gives a full training to learn from. */
export interface JobSources {
  /** The project's classes as they are now; what was removed is trained on no more. */
  readonly classIds: () => readonly string[]
  readonly recipe: Recipe
  /** Class of each class of the starter; null where there is none. */
  readonly starterClasses: readonly (string | null)[]
  readonly replay: Replay
  readonly exemplars: Exemplars
  /** Null without MNIST. */
  readonly digits: DigitImages | null
}

/** What there is of a class. */
export interface Pool {
  readonly classId: string
  readonly room: readonly LabelledDrawing[]
  readonly shipped: readonly (readonly StrokePath[])[]
  readonly images: Uint32Array
}

type Draw =
  | { readonly kind: 'strokes'; readonly strokes: readonly StrokePath[] }
  | { readonly kind: 'image'; readonly from: number }

/** The project's classes that have something to train on, up to the place `upTo` in the label log. */
export function poolsOf(sources: JobSources, upTo: number): Pool[] {
  const { starterClasses, replay, exemplars, digits } = sources
  return sources
    .classIds()
    .map((classId) => {
      const starterClass = starterClasses.indexOf(classId)
      return {
        classId,
        room: replay.trainingOf(classId).filter(({ seq }) => seq <= upTo),
        shipped: exemplars[starterClass] ?? [],
        images: digits?.byDigit[starterClass] ?? new Uint32Array(),
      }
    })
    .filter((pool) => sizeOf(pool) > 0)
}

function sizeOf({ room, shipped, images }: Pool): number {
  return room.length + shipped.length + images.length
}

/** What pools hold: drawings of the room, and what came with the starter or from MNIST. */
export type JobCounts = Pick<JobPlan, 'drawings' | 'others'>

export function countsOf(pools: readonly Pool[]): JobCounts {
  const drawings = pools.reduce((sum, { room }) => sum + room.length, 0)
  return { drawings, others: pools.reduce((sum, pool) => sum + sizeOf(pool), 0) - drawings }
}

/** Steps of an epoch: as many as take so many drawings once, at least ten. */
export function stepsOfEpoch(drawings: number, batchSize: number): number {
  return Math.min(MOST_STEPS, Math.max(LEAST_STEPS, Math.ceil(drawings / batchSize)))
}

/**
 * The batches of a full training: the classes in turn, the drawings of a class in an order of their own each epoch. A
 * batch is a function of the job's seed and step, the replay up to its place in the log, and the digits.
 */
export class JobBatches {
  private dealt: { readonly key: string; readonly pools: readonly Pool[] } | null = null

  constructor(
    private readonly job: JobState,
    private readonly sources: JobSources,
  ) {}

  /** Null where fewer than two classes are left that can be told apart. */
  compose(): Batch | null {
    const { job } = this
    const { headIds, settings, plan } = job
    const pools = this.poolsOfEpoch()
    if (pools.length < 2) return null
    const random = randomFor(job.seed, job.step, 'job')
    const size = settings.batchSize
    const first = (job.step % job.stepsPerEpoch) * size
    const pixels = new Float32Array(size * PIXELS)
    const targets = new Float32Array(size * headIds.length)
    for (let place = 0; place < size; place++) {
      const turn = first + place
      const pool = pools[turn % pools.length]
      const drawn = pool && draw(pool, Math.floor(turn / pools.length), random)
      if (!drawn) continue
      this.place(drawn, pixels, place * PIXELS, random)
      setTarget(targets, place * headIds.length, headIds.length, headIds.indexOf(pool.classId))
    }
    const dropout =
      plan.family === 'cnn' && settings.dropout === defaultTrainingSettings.dropout
        ? CNN_DROPOUT
        : settings.dropout
    return {
      size,
      pixels,
      targets,
      sampleWeights: new Float32Array(size).fill(1),
      dropout: dropoutMask(size * embeddingWidth(plan.family), dropout, random),
    }
  }

  private place(drawn: Draw, pixels: Float32Array, at: number, random: Random): void {
    const { recipe, digits } = this.sources
    const { augmentation } = this.job.settings
    if (drawn.kind === 'strokes') drawVaried(pixels, at, drawn.strokes, recipe, random, augmentation)
    else if (digits) augmentImage(digits.images, drawn.from, pixels, at, random, scaled(augmentation))
  }

  /** Dealt anew with each epoch, and when the replay has changed, which changes the order of no other drawing. */
  private poolsOfEpoch(): readonly Pool[] {
    const { job, sources } = this
    const epoch = Math.floor(job.step / job.stepsPerEpoch)
    const key = [epoch, sources.replay.revision, ...sources.classIds()].join(' ')
    if (this.dealt?.key !== key) {
      const pools = poolsOf(sources, job.upTo).filter(({ classId }) => job.headIds.includes(classId))
      this.dealt = { key, pools: pools.map((pool) => shuffled(pool, job.seed, epoch)) }
    }
    return this.dealt.pools
  }
}

function shuffled({ classId, room, shipped, images }: Pool, seed: number, epoch: number): Pool {
  const random = randomFor(seed, epoch, `deck/${classId}`)
  const ranks = new Map(room.map(({ id }) => [id, hashText(`${String(epoch)}/${id}`, seed)]))
  const rank = ({ id }: LabelledDrawing): number => ranks.get(id) ?? 0
  return {
    classId,
    room: [...room].sort((a, b) => rank(a) - rank(b)),
    shipped: random.shuffle([...shipped]),
    images: random.shuffle(images.slice()),
  }
}

function draw({ room, shipped, images }: Pool, turn: number, random: Random): Draw | null {
  const ofRoom = ROOM_WEIGHT * room.length
  const ofImages = images.length > 0 ? IMAGES_WEIGHT : 0
  const chosen = random.uniform() * (ofRoom + shipped.length + ofImages)
  if (chosen < ofRoom) return strokesAt(room[turn % room.length]?.strokes)
  if (chosen < ofRoom + shipped.length) return strokesAt(shipped[turn % shipped.length])
  const image = images[turn % images.length]
  return image === undefined ? null : { kind: 'image', from: image * PIXELS }
}

function strokesAt(strokes: readonly StrokePath[] | undefined): Draw | null {
  return strokes ? { kind: 'strokes', strokes } : null
}

function scaled(strength: number): typeof defaultImageAugmentation {
  const { rotation, stretch, shear, shift } = defaultImageAugmentation
  return {
    rotation: rotation * strength,
    stretch: stretch * strength,
    shear: shear * strength,
    shift: shift * strength,
  }
}
