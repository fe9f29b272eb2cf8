import { accuracyOf, mixedUpMost, type Judged } from '../../../shared/training/metrics.ts'
import { fitTemperature, judge, meanSurprise } from '../evaluate.ts'
import type { LabelledDrawing, Replay } from '../replay.ts'
import type { Networks } from './networks.ts'
import { rastersOf } from './rasters.ts'
import { architectureOf, LEAST_ASIDE, type TrainingState } from './state.ts'

/**
 * Evaluates on the drawings kept aside. Validation decides: which weights serve and at which temperature; test is
 * measured alone. Answers how surprising validation is under what serves (nats), null with too few drawings.
 */
export async function measure(
  state: TrainingState,
  replay: Replay,
  networks: Networks,
): Promise<number | null> {
  const surprise = await chooseServing(state, replay.asideOf('validation', state.headIds), networks)
  const test = replay.asideOf('test', state.headIds)
  if (test.length < LEAST_ASIDE) {
    state.measured = null
    return surprise
  }
  const judged = judge(
    await logitsOf(state, servingWeights(state), test, networks),
    state.headIds,
    test.map(({ classId }) => classId),
  )
  const accuracy = accuracyOf(judged, 'test')
  state.measured = accuracy && { accuracy, mixedUp: mixedUpMost(judged) }
  return surprise
}

export function servingWeights(state: TrainingState): Float32Array<ArrayBuffer> {
  return state.serving === 'ema' ? state.average : state.weights
}

/** Guesses drawings as they are with the weights that serve rooms now. */
export async function guessServed(
  state: TrainingState,
  drawings: readonly LabelledDrawing[],
  networks: Networks,
): Promise<Judged[]> {
  const { model, weights } = state.served
  const truths = drawings.map(({ classId }) => classId)
  if (model.classIds.length === 0) return truths.map((truth) => ({ truth, guess: '' }))
  const logits = await networks.logits(
    weights,
    { family: model.family, classes: model.classIds.length },
    rastersOf(drawings, state.recipe),
  )
  return judge(logits, model.classIds, truths)
}

async function chooseServing(
  state: TrainingState,
  validation: readonly LabelledDrawing[],
  networks: Networks,
): Promise<number | null> {
  if (validation.length < LEAST_ASIDE || state.headIds.length < 2) {
    state.serving = 'ema'
    return null
  }
  const truths = validation.map(({ classId }) => classId)
  const wrong = (logits: Float32Array): number =>
    judge(logits, state.headIds, truths).filter(({ truth, guess }) => truth !== guess).length
  const averaged = await logitsOf(state, state.average, validation, networks)
  const raw = await logitsOf(state, state.weights, validation, networks)
  state.serving = isClearlyLess(wrong(raw), wrong(averaged)) ? 'raw' : 'ema'
  const chosen = state.serving === 'raw' ? raw : averaged
  state.temperature = fitTemperature(chosen, state.headIds, truths)
  return meanSurprise(chosen, state.headIds, truths, state.temperature)
}

/**
 * Whether fewer mistakes are so by more than their own standard deviation (Poisson). To and fro between two sets of weights
 * that are as good as each other would make classes' guesses jump.
 */
function isClearlyLess(mistakes: number, others: number): boolean {
  return others - mistakes > Math.sqrt(mistakes)
}

function logitsOf(
  state: TrainingState,
  weights: Float32Array,
  drawings: readonly LabelledDrawing[],
  networks: Networks,
): Promise<Float32Array> {
  return networks.logits(weights, architectureOf(state), rastersOf(drawings, state.recipe))
}
