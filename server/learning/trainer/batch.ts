import { penWidthOf, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import { embeddingWidth, PIXELS } from '../../../shared/training/architecture.ts'
import type { Batch } from '../backend/backend.ts'
import { augment, scaledAugmentation } from '../model/augment.ts'
import { randomFor, type Random } from '../model/random.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { StrokePath } from '../service.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import type { TrainingState } from './state.ts'

/** Newest drawings of a batch; the rest is replay. */
export const MOST_NEWEST = 10
const LABEL_SMOOTHING = 0.05
/** How many exemplars of the starter a drawing of the room weighs as much as. */
export const ROOM_WEIGHT = 4

type BatchState = Pick<
  TrainingState,
  'seed' | 'step' | 'recipe' | 'family' | 'headIds' | 'starterClasses' | 'settings'
>

/**
 * The batch of one step: up to 10 `newest` drawings, the rest as the settings say: drawn class by class from the replay
 * and the exemplars, or from all of them alike, or nothing. Each is varied afresh. A function of the state's seed and
 * step, the replay and its arguments alone. Null where fewer than two classes can be told apart or nothing is there.
 */
export function composeBatch(
  state: BatchState,
  replay: Replay,
  newest: readonly LabelledDrawing[],
  exemplars: Exemplars,
): Batch | null {
  const { headIds, settings, recipe, family } = state
  if (headIds.length < 2) return null
  const random = randomFor(state.seed, state.step, 'batch')
  const size = settings.batchSize
  const chosen = newest
    .filter(({ classId }) => headIds.includes(classId))
    .slice(0, Math.min(MOST_NEWEST, size))
    .map(({ classId, strokes }) => ({ classId, strokes }))
  const fresh = chosen.length
  const next = samplerOf(state, replay, exemplars, random)
  while (chosen.length < size) {
    const sample = next()
    if (!sample) break
    chosen.push(sample)
  }
  if (chosen.length === 0) return null
  const pixels = new Float32Array(chosen.length * PIXELS)
  const targets = new Float32Array(chosen.length * headIds.length)
  chosen.forEach(({ classId, strokes }, index) => {
    drawVaried(pixels, index * PIXELS, strokes, recipe, random, settings.augmentation)
    setTarget(targets, index * headIds.length, headIds.length, headIds.indexOf(classId))
  })
  return {
    size: chosen.length,
    pixels,
    targets,
    sampleWeights: settings.what === 'replay' && fresh > 0 ? classesAlike(chosen) : alike(chosen.length),
    dropout: dropoutMask(chosen.length * embeddingWidth(family), settings.dropout, random),
  }
}

function alike(length: number): Float32Array {
  return new Float32Array(length).fill(1)
}

/**
 * Weights, 1 on average, under which each class of a batch counts as much as any other. The newest come on top of their
 * class's turn in the replay; counted in full they would teach that their class is the likelier one.
 */
function classesAlike(samples: readonly { readonly classId: string }[]): Float32Array {
  const counts = new Map<string, number>()
  for (const { classId } of samples) counts.set(classId, (counts.get(classId) ?? 0) + 1)
  const each = samples.length / counts.size
  return Float32Array.from(samples, ({ classId }) => each / (counts.get(classId) ?? 1))
}

/** Rasterises a variation of a drawing, `strength` times as far as usual, into 784 values of `pixels` from `at`. */
export function drawVaried(
  pixels: Float32Array,
  at: number,
  strokes: readonly StrokePath[],
  recipe: TrainingState['recipe'],
  random: Random,
  strength = 1,
): void {
  const varied = augment(strokes, random, scaledAugmentation(strength))
  rasteriseInto(pixels, at, varied.strokes, recipe, {
    penWidth: penWidthOf(recipe) * varied.penFactor,
    zoom: varied.zoom,
    shiftX: varied.shiftX,
    shiftY: varied.shiftY,
  })
}

/** Writes the target of a sample of class `truth`, smoothed, into `classes` values from `at`. */
export function setTarget(targets: Float32Array, at: number, classes: number, truth: number): void {
  targets.fill(LABEL_SMOOTHING / classes, at, at + classes)
  targets[at + truth] = 1 - LABEL_SMOOTHING + LABEL_SMOOTHING / classes
}

/** Factors for `length` values of embeddings, a `share` of which is left out; null for a share of 0. */
export function dropoutMask(length: number, share: number, random: Random): Float32Array | null {
  if (share === 0) return null
  const kept = 1 / (1 - share)
  const mask = new Float32Array(length)
  for (let index = 0; index < mask.length; index++) mask[index] = random.uniform() < share ? 0 : kept
  return mask
}

interface Sample {
  readonly classId: string
  readonly strokes: readonly StrokePath[]
}

/** What there is of a class besides the newest. */
interface Pool {
  readonly classId: string
  readonly room: readonly LabelledDrawing[]
  readonly shipped: readonly (readonly StrokePath[])[]
}

/** Draws one sample after another, with replacement; null where there are none. */
function samplerOf(
  { headIds, starterClasses, settings }: BatchState,
  replay: Replay,
  exemplars: Exemplars,
  random: Random,
): () => Sample | null {
  if (settings.what === 'newest') return () => null
  const pools = headIds
    .map((classId): Pool => {
      const starterClass = starterClasses.indexOf(classId)
      return {
        classId,
        room: replay.trainingOf(classId),
        shipped: starterClass < 0 ? [] : (exemplars[starterClass] ?? []),
      }
    })
    .filter(({ room, shipped }) => room.length + shipped.length > 0)
  const poolOf = settings.what === 'everything' ? byWeight(pools, random) : inTurn(pools, random)
  return () => {
    const pool = poolOf()
    return pool ? sampleOf(pool, random) : null
  }
}

/** Class after class, in an order of their own each round. */
function inTurn(pools: Pool[], random: Random): () => Pool | undefined {
  let turn = 0
  return () => {
    if (pools.length === 0) return undefined
    if (turn % pools.length === 0) random.shuffle(pools)
    return pools[turn++ % pools.length]
  }
}

/** Each class as often as what it has weighs, so that all drawings are drawn alike. */
function byWeight(pools: readonly Pool[], random: Random): () => Pool | undefined {
  const whole = pools.reduce((sum, pool) => sum + weightOf(pool), 0)
  return () => {
    let left = random.uniform() * whole
    return pools.find((pool) => (left -= weightOf(pool)) < 0) ?? pools.at(-1)
  }
}

function weightOf({ room, shipped }: Pool): number {
  return ROOM_WEIGHT * room.length + shipped.length
}

function sampleOf(pool: Pool, random: Random): Sample | null {
  const { classId, room, shipped } = pool
  const roomShare = (ROOM_WEIGHT * room.length) / weightOf(pool)
  const strokes =
    random.uniform() < roomShare
      ? room[random.int(room.length)]?.strokes
      : shipped[random.int(shipped.length)]
  return strokes ? { classId, strokes } : null
}
