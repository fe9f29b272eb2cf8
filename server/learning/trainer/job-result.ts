import type { Recipe } from '../../../shared/raster/recipe.ts'
import type { Architecture } from '../../../shared/training/architecture.ts'
import { shareOf } from '../../../shared/training/metrics.ts'
import type { Share } from '../../../shared/training/status.ts'
import { judge, meanSurprise } from '../evaluate.ts'
import { optimiserStart } from '../model/optimiser.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import { updateHead } from './head.ts'
import type { JobEnd, JobState } from './job-state.ts'
import type { Networks } from './networks.ts'
import { rastersOf } from './rasters.ts'
import { architectureOf, freshPractice, LEAST_ASIDE, type TrainingState } from './state.ts'

/** Updates that a promoted model's average counts as having had: its first steps move it little. */
const PROMOTED_UPDATES = 50

/** A model to be measured. */
interface Judgeable {
  readonly architecture: Architecture
  readonly classIds: readonly string[]
  readonly weights: Float32Array
}

interface Judgement {
  /** Null without drawings. */
  readonly share: Share | null
  /** Nats, at a temperature of 1; null where the model does not know the class of each drawing. */
  readonly surprise: number | null
}

/** How a model guesses drawings; one of a class that it does not know counts as wrong. */
export async function judgeModel(
  { architecture, classIds, weights }: Judgeable,
  drawings: readonly LabelledDrawing[],
  recipe: Recipe,
  networks: Networks,
): Promise<Judgement> {
  const truths = drawings.map(({ classId }) => classId)
  if (classIds.length === 0)
    return { share: shareOf(truths.map((truth) => ({ truth, guess: '' }))), surprise: null }
  const logits = await networks.logits(weights, architecture, rastersOf(drawings, recipe))
  const known = truths.every((truth) => classIds.includes(truth))
  return {
    share: shareOf(judge(logits, classIds, truths)),
    surprise: known ? meanSurprise(logits, classIds, truths, 1) : null,
  }
}

/** The validation drawings of `classIds` up to a place in the log; null where they are too few to decide anything. */
export function validationOf(
  replay: Replay,
  classIds: readonly string[],
  upTo: number,
): LabelledDrawing[] | null {
  const drawings = replay.asideOf('validation', classIds).filter(({ seq }) => seq <= upTo)
  return drawings.length < LEAST_ASIDE ? null : drawings
}

/**
 * What the project's state would be with the best weights of a job: a fresh optimiser, practice anew, and the head in line
 * with the classes of now, imprinted for those that came while it ran.
 */
export async function candidateOf(
  job: JobState,
  best: Float32Array<ArrayBuffer>,
  state: TrainingState,
  replay: Replay,
  networks: Networks,
): Promise<TrainingState> {
  const candidate: TrainingState = {
    ...state,
    family: job.plan.family,
    headIds: job.headIds,
    weights: best.slice(),
    average: best.slice(),
    averageUpdates: PROMOTED_UPDATES,
    optimiser: optimiserStart(state.settings.optimiser, best.length),
    serving: 'ema',
    learnedTo: Math.min(job.upTo, state.position),
    practice: freshPractice(),
  }
  await updateHead(candidate, replay, networks)
  return candidate
}

/**
 * The model that serves and the candidate on the same validation drawings of the project's classes; null with too few of
 * them. A drawing of a class that a model does not know counts as wrong.
 */
export async function compareToServed(
  candidate: TrainingState,
  state: TrainingState,
  replay: Replay,
  networks: Networks,
): Promise<JobEnd['compared']> {
  const drawings = validationOf(replay, state.classIds, Infinity)
  if (!drawings) return null
  const { model, weights } = state.served
  const served = {
    architecture: { family: model.family, classes: model.classIds.length },
    classIds: model.classIds,
    weights,
  }
  const next = {
    architecture: architectureOf(candidate),
    classIds: candidate.headIds,
    weights: candidate.average,
  }
  const before = await judgeModel(served, drawings, state.recipe, networks)
  const after = await judgeModel(next, drawings, state.recipe, networks)
  return before.share && after.share && { before: before.share, after: after.share }
}

/** Whether the rule has a candidate serve: it is not worse; null where nothing was compared. */
export function isPromoted(compared: JobEnd['compared']): boolean | null {
  return compared && compared.after.right >= compared.before.right
}
