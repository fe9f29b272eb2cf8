import type { Replay } from '../replay.ts'
import type { Networks } from './networks.ts'
import { rastersOf } from './rasters.ts'
import { architectureOf, type TrainingState } from './state.ts'

/** Newest drawings of each class that a new one is weighed on. */
const MOST_COMPARED = 8
/** Of the earlier classes' drawings, those that the new class may stand above. */
const MOST_TAKEN = 0.05

/**
 * The bias under which the imprinted column of class `id` takes hardly a drawing from the classes `rivals` under `weights`,
 * where it lies with a bias of 0. Embeddings have no negative values, so that a mean of them is like all of them and its
 * logit stands above the others' nearly everywhere. The bias lies half way between what brings its own drawings level with
 * the best rival (the median) and what brings all but 5% of theirs; the latter where these overlap. 0 where rivals have no
 * drawings.
 */
export async function imprintBias(
  state: Pick<TrainingState, 'family' | 'headIds' | 'recipe'>,
  weights: Float32Array,
  id: string,
  rivals: readonly string[],
  replay: Replay,
  networks: Pick<Networks, 'logits'>,
): Promise<number> {
  const theirs = rivals.flatMap((rival) => replay.trainingOf(rival).slice(-MOST_COMPARED))
  if (theirs.length === 0) return 0
  const drawings = [...theirs, ...replay.trainingOf(id).slice(-MOST_COMPARED)]
  const architecture = architectureOf(state)
  const logits = await networks.logits(weights, architecture, rastersOf(drawings, state.recipe))
  const margins = drawings.map((_, row) => {
    const logitOf = (classId: string): number =>
      logits[row * architecture.classes + state.headIds.indexOf(classId)] ?? 0
    return logitOf(id) - rivals.reduce((most, rival) => Math.max(most, logitOf(rival)), -Infinity)
  })
  const over = quantile(margins.slice(0, theirs.length), 1 - MOST_TAKEN)
  const own = quantile(margins.slice(theirs.length), 0.5)
  return -(own > over ? (own + over) / 2 : over)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
