import { penWidthOf, rasteriseInto } from '../../../shared/raster/rasterise.ts'
import { embeddingWidth, PIXELS } from '../../../shared/training/architecture.ts'
import type { Batch } from '../backend/backend.ts'
import { augment } from '../model/augment.ts'
import { randomFor, type Random } from '../model/random.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { StrokePath } from '../service.ts'
import type { Exemplars } from '../starter/exemplars-file.ts'
import type { TrainingState } from './state.ts'

/** Newest drawings of a batch; the rest is replay. */
export const MOST_NEWEST = 10
const DROPOUT = 0.2
const LABEL_SMOOTHING = 0.05
/** How many drawings of the room weigh as much as the starter's exemplars of a class do, each. */
const ROOM_WEIGHT = 4

type BatchState = Pick<
  TrainingState,
  'seed' | 'step' | 'recipe' | 'family' | 'headIds' | 'starterClasses' | 'settings'
>

/**
 * The batch of one step: up to 10 `newest` drawings, the rest drawn class by class from the replay and the
 * exemplars, each one varied afresh. A function of the state's seed and step, the replay and its arguments alone.
 * Null where fewer than two classes can be told apart.
 */
export function composeBatch(
  state: BatchState,
  replay: Replay,
  newest: readonly LabelledDrawing[],
  exemplars: Exemplars,
): Batch | null {
  const { headIds, settings, recipe } = state
  if (headIds.length < 2) return null
  const random = randomFor(state.seed, state.step, 'batch')
  const size = settings.batchSize
  const chosen = newest
    .filter(({ classId }) => headIds.includes(classId))
    .slice(0, Math.min(MOST_NEWEST, size))
    .map(({ classId, strokes }) => ({ classId, strokes }))
  const next = replaySampler(state, replay, exemplars, random)
  while (chosen.length < size) {
    const sample = next()
    if (!sample) break
    chosen.push(sample)
  }
  if (chosen.length === 0) return null
  const pixels = new Float32Array(chosen.length * PIXELS)
  const targets = new Float32Array(chosen.length * headIds.length)
  chosen.forEach(({ classId, strokes }, index) => {
    drawVaried(pixels, index * PIXELS, strokes, recipe, random)
    setTarget(targets, index * headIds.length, headIds.length, headIds.indexOf(classId))
  })
  return {
    size: chosen.length,
    pixels,
    targets,
    sampleWeights: new Float32Array(chosen.length).fill(1),
    dropout: dropoutMask(chosen.length * embeddingWidth(state.family), random),
  }
}

/** Rasterises a variation of a drawing into 784 values of `pixels` from `at`. */
export function drawVaried(
  pixels: Float32Array,
  at: number,
  strokes: readonly StrokePath[],
  recipe: TrainingState['recipe'],
  random: Random,
): void {
  const varied = augment(strokes, random)
  rasteriseInto(pixels, at, varied.strokes, recipe, {
    penWidth: penWidthOf(recipe) * varied.penFactor,
    zoom: varied.zoom,
    shiftX: varied.shiftX,
    shiftY: varied.shiftY,
  })
}

interface Sample {
  readonly classId: string
  readonly strokes: readonly StrokePath[]
}

function replaySampler(
  { headIds, starterClasses }: BatchState,
  replay: Replay,
  exemplars: Exemplars,
  random: Random,
): () => Sample | null {
  const pools = headIds
    .map((classId) => {
      const starterClass = starterClasses.indexOf(classId)
      return {
        classId,
        room: replay.trainingOf(classId),
        shipped: starterClass < 0 ? [] : (exemplars[starterClass] ?? []),
      }
    })
    .filter(({ room, shipped }) => room.length + shipped.length > 0)
  let turn = 0
  return () => {
    if (pools.length === 0) return null
    if (turn % pools.length === 0) random.shuffle(pools)
    const pool = pools[turn++ % pools.length]
    if (!pool) return null
    const { classId, room, shipped } = pool
    const roomShare = (ROOM_WEIGHT * room.length) / (ROOM_WEIGHT * room.length + shipped.length)
    const strokes =
      random.uniform() < roomShare
        ? room[random.int(room.length)]?.strokes
        : shipped[random.int(shipped.length)]
    return strokes ? { classId, strokes } : null
  }
}

function setTarget(targets: Float32Array, at: number, classes: number, truth: number): void {
  targets.fill(LABEL_SMOOTHING / classes, at, at + classes)
  targets[at + truth] = 1 - LABEL_SMOOTHING + LABEL_SMOOTHING / classes
}

function dropoutMask(length: number, random: Random): Float32Array {
  const kept = 1 / (1 - DROPOUT)
  const mask = new Float32Array(length)
  for (let index = 0; index < mask.length; index++) mask[index] = random.uniform() < DROPOUT ? 0 : kept
  return mask
}
