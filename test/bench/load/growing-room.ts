import { splitOf } from '../../../server/dataset/split.ts'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { ProjectStart } from '../../../server/learning/rpc.ts'
import type { StrokePath } from '../../../server/learning/service.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import { classIdOf, openDriven, untilQuiet } from '../../integration/learning/drive.ts'
import { servedGuesses } from './served-guesses.ts'
import { drawingRasters, shareRight, type TestRasters } from './test-rasters.ts'

type Drawing = readonly StrokePath[]

/** What a room was taught before a new class comes. */
export interface RoomPlan {
  readonly start: Pick<ProjectStart, 'starter' | 'starterClasses' | 'recipe'>
  /** By class, in the order in which they are drawn. */
  readonly taught: readonly (readonly Drawing[])[]
  /** Of these classes, never learned from. */
  readonly test: TestRasters
}

export interface NewClass {
  readonly taught: readonly Drawing[]
  readonly tested: readonly Drawing[]
}

/** How a room took to a new class. */
export interface Growth {
  /** Drawings after which the recall of the new class was at the goal for the first time; null for never. */
  readonly drawings: number | null
  /** By how much the accuracy on the old classes fell over all drawings of the new one, 0..1. */
  readonly drop: number
}

/** A room as it is when the new class comes. */
export interface GrownRoom {
  readonly plan: RoomPlan
  readonly log: readonly LoggedDrawing[]
  readonly checkpoint: Uint8Array<ArrayBuffer>
  /** On its own test drawings, 0..1. */
  readonly accuracy: number
}

const SEED = 11
const AT_ONCE = 10
const GOAL = 0.8
/** Less than the loop does on a slow machine while somebody draws. */
const PRACTICE_BETWEEN = 12

/** Teaches a room its first classes, all in turn, until it has nothing more to gain. */
export async function teachRoom(backend: Backend, plan: RoomPlan): Promise<GrownRoom> {
  const log: LoggedDrawing[] = []
  const most = Math.max(...plan.taught.map(({ length }) => length))
  for (let turn = 0; turn < most; turn++)
    plan.taught.forEach((drawings, index) => {
      const drawing = drawings[turn]
      if (drawing) log.push(entry(log.length, index, turn, drawing))
    })
  const { project, published } = await openDriven(backend, startOf(plan, plan.taught.length, null))
  for (let from = 0; from < log.length; from += AT_ONCE) {
    project.receive(log.slice(from, from + AT_ONCE))
    await learnArrivals(project)
    // Each holds a copy of all weights.
    published.length = 0
  }
  await untilQuiet(project)
  const accuracy = await oldAccuracy(backend, project, plan)
  return { plan, log, checkpoint: project.checkpoint().blob.slice(), accuracy }
}

/** Draws a new class into a taught room, one drawing after the other. */
export async function growRoom(backend: Backend, room: GrownRoom, added: NewClass): Promise<Growth> {
  const { plan, log } = room
  const index = plan.taught.length
  const { project, published } = await openDriven(backend, startOf(plan, index + 1, room.checkpoint), log)
  const test = drawingRasters(
    added.tested.map((strokes) => ({ truth: index, strokes })),
    plan.start.recipe,
  )
  let drawings: number | null = null
  for (const [before, drawing] of added.taught.entries()) {
    project.receive([entry(log.length + before, index, before, drawing)])
    await learnArrivals(project)
    for (let step = 0; step < PRACTICE_BETWEEN && project.work() === 'practice'; step++)
      await project.advance()
    published.length = 0
    const guesses = await servedGuesses(backend, project.served(), test, classIdsOf(index + 1))
    if (shareRight(test.truths, guesses) >= GOAL) drawings ??= before + 1
  }
  return { drawings, drop: room.accuracy - (await oldAccuracy(backend, project, plan)) }
}

async function learnArrivals(project: ProjectTrainer): Promise<void> {
  while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
}

async function oldAccuracy(
  backend: Backend,
  project: ProjectTrainer,
  { taught, test }: RoomPlan,
): Promise<number> {
  const guesses = await servedGuesses(backend, project.served(), test, classIdsOf(taught.length + 1))
  return shareRight(test.truths, guesses)
}

function startOf(
  { start }: RoomPlan,
  classes: number,
  checkpoint: ProjectStart['checkpoint'],
): Partial<ProjectStart> {
  return { ...start, classIds: classIdsOf(classes), seed: SEED, checkpoint }
}

function classIdsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => classIdOf(index))
}

/** The entry of the log for a drawing, with the split that a room would give it. */
function entry(place: number, classIndex: number, before: number, strokes: Drawing): LoggedDrawing {
  const id = `drawing${String(place)}`
  return { id, seq: place + 1, classId: classIdOf(classIndex), split: splitOf(id, before), strokes }
}
