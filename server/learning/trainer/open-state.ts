import { parameterCount } from '../../../shared/training/layout.ts'
import type { StarterModel } from '../starter/file.ts'
import { optimiserStart } from '../model/optimiser.ts'
import { startingWeights } from '../starter/starting-weights.ts'
import { decodeCheckpoint } from '../checkpoint.ts'
import { LearningError } from '../errors.ts'
import { MOST_KEPT } from '../replay.ts'
import type { ProjectStart } from '../rpc.ts'
import { noPractice, type TrainingState } from './state.ts'
import { clampedSettings } from './usable-settings.ts'

/** Updates the average of a trained start counts as having had: its first steps move it little. */
const STARTER_UPDATES = 50

/** How many drawings of a class are kept when a project has so many classes. */
export function keepPerClass(classes: number): number {
  return Math.floor(MOST_KEPT / Math.max(1, classes))
}

/**
 * The state a project's training goes on from: its checkpoint's, or that of the starter. Settings, classes and the
 * pause are those of `given`, settings brought into their bounds.
 * @throws LearningError `checkpoint-damaged`
 */
export function openState(given: ProjectStart, starter: StarterModel): TrainingState {
  const start = { ...given, settings: clampedSettings(given.settings) }
  const state = start.checkpoint ? stateOf(start, start.checkpoint) : freshState(start, starter)
  state.settings = start.settings
  state.paused = start.paused
  state.classIds = start.classIds
  state.keepPerClass = Math.min(state.keepPerClass, keepPerClass(start.classIds.length))
  return state
}

/**
 * The state of a checkpoint of this project.
 * @throws LearningError `checkpoint-damaged` where it cannot be read or is another project's
 */
export function stateOf(
  { projectId, recipe }: Pick<TrainingState, 'projectId' | 'recipe'>,
  blob: Uint8Array,
): TrainingState {
  const state = decodeCheckpoint(blob)
  if (state.projectId !== projectId)
    throw new LearningError('checkpoint-damaged', `the checkpoint is of project ${state.projectId}`)
  if (state.recipe !== recipe)
    throw new LearningError(
      'checkpoint-damaged',
      `the checkpoint was made with recipe ${state.recipe}, the project has ${recipe}`,
    )
  return state
}

/**
 * The state of a checkpoint as a training that is at `now` takes it up: with the settings, pause, classes and full training
 * of now, at the newest place of the log, and nothing to do before the next label. Its model gets a version of its own.
 * @throws LearningError `checkpoint-damaged`
 */
export function restoredState(now: TrainingState, blob: Uint8Array): TrainingState {
  const state = stateOf(now, blob)
  const { settings, paused, classIds, position, releasedTo, consolidated, triedFamily, job } = now
  return {
    ...state,
    settings,
    paused,
    classIds,
    position,
    learnedTo: Math.min(state.learnedTo, position),
    releasedTo,
    keepPerClass: Math.min(state.keepPerClass, now.keepPerClass),
    group: null,
    practice: noPractice(),
    rollBacks: 0,
    consolidated,
    notice: null,
    triedFamily,
    job,
    served: {
      ...state.served,
      model: { ...state.served.model, version: now.served.model.version + 1 },
    },
  }
}

function freshState(start: ProjectStart, starter: StarterModel): TrainingState {
  const known = start.starter === 'digits' ? start.starterClasses : []
  const columns = known.flatMap((classId, index) =>
    classId !== null && index < starter.classes.length && start.classIds.includes(classId)
      ? [{ classId, index }]
      : [],
  )
  const headIds = columns.map(({ classId }) => classId)
  const { family } = start.settings
  const weights = startingWeights(
    family,
    start.seed,
    starter,
    columns.map(({ index }) => index),
  )
  const trained = family === 'cnn' && headIds.length > 0
  const temperature = trained ? starter.temperature : 1
  return {
    projectId: start.projectId,
    seed: start.seed,
    recipe: start.recipe,
    starterClasses: known,
    family,
    settings: start.settings,
    paused: start.paused,
    classIds: start.classIds,
    headIds,
    step: 0,
    weights,
    average: weights.slice(),
    averageUpdates: trained ? STARTER_UPDATES : 0,
    optimiser: optimiserStart(start.settings.optimiser, weights.length),
    serving: 'ema',
    temperature,
    served: {
      model: {
        version: 1,
        step: 0,
        classIds: headIds,
        serving: 'ema',
        family,
        parameters: parameterCount({ family, classes: headIds.length }),
        trainedTo: 0,
      },
      recipe: start.recipe,
      weights: weights.slice(),
      temperature,
    },
    position: 0,
    learnedTo: 0,
    releasedTo: 0,
    keepPerClass: keepPerClass(start.classIds.length),
    group: null,
    practice: noPractice(),
    groupsSinceEvaluation: 0,
    coalesced: [],
    prequential: [],
    measured: null,
    loss: null,
    rateFactor: 1,
    rollBacks: 0,
    stepsSinceRollBack: 0,
    headSteps: 0,
    consolidated: { drawings: 0, classIds: start.classIds },
    notice: null,
    triedFamily: null,
    job: null,
  }
}
