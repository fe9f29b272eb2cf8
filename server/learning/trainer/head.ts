import { EMBEDDING, embeddingWidth, PIXELS } from '../../../shared/training/architecture.ts'
import { randomFor } from '../model/random.ts'
import { classMapping, meanColumnLengths, relayHead, setHeadColumn } from '../model/widen.ts'
import { rasterise } from '../../../shared/raster/rasterise.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import { drawVaried } from './batch.ts'
import { imprintBias } from './imprint-bias.ts'
import type { Networks } from './networks.ts'
import { architectureOf, type TrainingState } from './state.ts'

/** Views of each drawing that a new class is imprinted from: itself and variations of it. */
const VIEWS = 8
const MOST_IMPRINTED = 16
/** How many arrivals' steps after a class was added the head may be trained alone. */
const HEAD_ARRIVALS = 3
/**
 * Steps that the average counts at most when a class has joined: it begins anew with a short memory, since what it holds of
 * that class would stay as imprinted for a hundred steps.
 */
const AVERAGE_OF_JOINED = 9
/** Length of the first column of an empty head. */
const FIRST_LENGTH = 1

/**
 * Lays the head out for the classes of the project that can be guessed: columns of classes that are gone are
 * dropped, a class with its first drawing gets one from the mean normalised embedding of its drawings (imprinted
 * weights, Qi 2018), scaled to the mean length of the others, with a bias that leaves them their drawings and moments of
 * zero. Answers whether it changed.
 */
export async function updateHead(state: TrainingState, replay: Replay, networks: Networks): Promise<boolean> {
  const kept = state.headIds.filter((id) => state.classIds.includes(id))
  const added = state.classIds.filter((id) => !state.headIds.includes(id) && replay.trainingOf(id).length > 0)
  if (added.length === 0 && kept.length === state.headIds.length) return false
  const headIds = [...kept, ...added]
  const columns: { readonly id: string; readonly direction: Float32Array }[] = []
  for (const id of added)
    columns.push({ id, direction: await meanDirection(state, replay.trainingOf(id), networks) })
  const old = architectureOf(state)
  const from = classMapping(state.headIds, headIds)
  const lengths = meanColumnLengths(state.weights, old, FIRST_LENGTH)
  state.weights = relayHead(state.weights, old, from)
  state.average = relayHead(state.average, old, from)
  const { optimiser } = state
  state.optimiser = {
    ...optimiser,
    first: relayHead(optimiser.first, old, from),
    second: relayHead(optimiser.second, old, from),
  }
  state.headIds = headIds
  if (added.length > 0) {
    state.learnedTo = state.position
    state.headSteps = HEAD_ARRIVALS * state.settings.stepsPerArrival
    state.averageUpdates = Math.min(state.averageUpdates, AVERAGE_OF_JOINED)
  }
  const rivals = [...kept]
  for (const { id, direction } of columns) {
    const column = direction.map((value, index) => value * (lengths[Math.floor(index / EMBEDDING)] ?? 0))
    for (const values of [state.weights, state.average]) {
      const imprint = (bias: number): void => {
        setHeadColumn(values, architectureOf(state), headIds.indexOf(id), column, bias)
      }
      imprint(0)
      imprint(await imprintBias(state, values, id, rivals, replay, networks))
    }
    rivals.push(id)
  }
  return true
}

/** Of each member the mean of the normalised embeddings of drawings and variations of them, normalised. */
async function meanDirection(
  state: TrainingState,
  drawings: readonly LabelledDrawing[],
  networks: Networks,
): Promise<Float32Array> {
  const chosen = drawings.slice(-MOST_IMPRINTED)
  const random = randomFor(state.seed, state.step, `imprint/${chosen[0]?.classId ?? ''}`)
  const pixels = new Float32Array(chosen.length * VIEWS * PIXELS)
  chosen.forEach(({ strokes }, index) => {
    pixels.set(rasterise(strokes, state.recipe), index * VIEWS * PIXELS)
    for (let view = 1; view < VIEWS; view++)
      drawVaried(pixels, (index * VIEWS + view) * PIXELS, strokes, state.recipe, random)
  })
  const embeddings = await networks.embed(state.weights, architectureOf(state), pixels)
  const width = embeddingWidth(state.family)
  const mean = new Float32Array(width)
  for (let at = 0; at < embeddings.length; at += EMBEDDING) {
    const unit = normalised(embeddings.subarray(at, at + EMBEDDING))
    const first = at % width
    for (let index = 0; index < EMBEDDING; index++)
      mean[first + index] = (mean[first + index] ?? 0) + (unit[index] ?? 0)
  }
  for (let first = 0; first < width; first += EMBEDDING)
    mean.set(normalised(mean.subarray(first, first + EMBEDDING)), first)
  return mean
}

function normalised(values: Float32Array): Float32Array {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return length > 0 ? values.map((value) => value / length) : values
}
