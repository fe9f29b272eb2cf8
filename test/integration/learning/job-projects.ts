import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openBackend } from '../../../server/learning/backend/open.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { ProjectStart } from '../../../server/learning/rpc.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import type { ProjectContext } from '../../../server/learning/trainer/project-context.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'
import type { JobStatus } from '../../../shared/training/status.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { classIdOf, labelLogOf, openDriven, type Driven } from './drive.ts'

const words = ['apple', 'fish', 'star', 'clock']
export const three = [0, 1, 2].map(classIdOf)
export const classIds = words.map((_, index) => classIdOf(index))
/** Of each class 12 drawings train, 8 are for validation and 8 for test. */
export const log = labelLogOf(loadSketches(), words, 28).map((drawing): LoggedDrawing => ({
  ...drawing,
  split: drawing.seq <= 48 ? 'train' : drawing.seq <= 80 ? 'validation' : 'test',
}))
export const ofThree = log.filter(({ classId }) => classId !== 'class3')
/** Small batches: these tests are about what happens, not about how well. */
export const settings: TrainingSettings = {
  ...defaultTrainingSettings,
  batchSize: 16,
  stepsPerArrival: 1,
  stop: { kind: 'epochs', epochs: 4 },
}
export const byRule = { mnist: false, promote: 'rule' } as const
export const byHand = { mnist: false, promote: 'hand' } as const

/** A project that has taken the drawings of three classes, and how it is opened with other settings. */
export interface Taken {
  readonly backend: Backend
  readonly checkpoint: Uint8Array<ArrayBuffer>
  readonly open: (
    other?: Partial<TrainingSettings>,
    start?: Partial<ProjectStart>,
    context?: Partial<ProjectContext>,
  ) => Promise<Driven>
}

export async function takenProject(): Promise<Taken> {
  const backend = await openBackend('wasm', () => undefined)
  const { project } = await openDriven(backend, { classIds: three, settings }, ofThree)
  await takeAll(project)
  const checkpoint = project.checkpoint().blob
  return {
    backend,
    checkpoint,
    open: (other = {}, start = {}, context = {}) => {
      const whole = { classIds: three, checkpoint, settings: { ...settings, ...other }, ...start }
      return openDriven(backend, whole, ofThree, undefined, undefined, context)
    },
  }
}

/** Learns from all that waits. */
export async function takeAll(project: ProjectTrainer): Promise<void> {
  while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
}

export async function untilEnded(project: ProjectTrainer): Promise<Extract<JobStatus, { state: 'ended' }>> {
  while (project.jobs.active) await project.jobs.advance()
  return ended(project)
}

export function ended(project: ProjectTrainer): Extract<JobStatus, { state: 'ended' }> {
  const { job } = project.status(0)
  if (job?.state !== 'ended') throw new Error(`the job is ${job?.state ?? 'none'}`)
  return job
}

/** So many steps of its full training. */
export async function steps(project: ProjectTrainer, count: number): Promise<void> {
  for (let step = 0; step < count; step++) await project.jobs.advance()
}

/** The code with which something is refused. */
export async function refusal(asked: () => Promise<void> | void): Promise<string> {
  try {
    await asked()
    return 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
