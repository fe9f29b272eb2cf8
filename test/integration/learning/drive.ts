import { createHash } from 'node:crypto'
import { splitOf } from '../../../server/dataset/split.ts'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import type { ProjectStart, Publication } from '../../../server/learning/rpc.ts'
import { packLog } from '../../../server/learning/open-projects.ts'
import type { StarterModel } from '../../../server/learning/starter/file.ts'
import { loadExemplars } from '../../../server/learning/starter/load-exemplars.ts'
import { loadStarter } from '../../../server/learning/starter/load.ts'
import { JobDigits } from '../../../server/learning/trainer/job-digits.ts'
import { Networks } from '../../../server/learning/trainer/networks.ts'
import { openState } from '../../../server/learning/trainer/open-state.ts'
import { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import type { ProjectContext } from '../../../server/learning/trainer/project-context.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import type { FixtureDrawing } from '../../support/fixtures.ts'

export interface Driven {
  readonly project: ProjectTrainer
  readonly published: Publication[]
}

/** A project's training in this thread, without the loop around it. */
export async function openDriven(
  backend: Backend,
  start: Partial<ProjectStart> = {},
  log: readonly LoggedDrawing[] = [],
  starter: StarterModel = loadStarter(),
  now = (): number => performance.now(),
  context: Partial<ProjectContext> = {},
): Promise<Driven> {
  const published: Publication[] = []
  const whole: ProjectStart = {
    projectId: 'p',
    starter: 'encoder',
    starterClasses: [],
    recipe: 'quickdraw',
    classIds: [],
    settings: defaultTrainingSettings,
    paused: false,
    seed: 7,
    checkpoint: null,
    log: packLog([]),
    ...start,
  }
  const project = new ProjectTrainer(openState(whole, starter), log, {
    networks: new Networks(backend),
    exemplars: loadExemplars(),
    starter,
    digits: new JobDigits(null),
    log: () => undefined,
    backend: backend.name,
    now,
    wallClock: () => Date.now(),
    publish: (publication) => {
      published.push(publication)
      return Promise.resolve()
    },
    changed: () => undefined,
    ...context,
  })
  await project.prepare()
  return { project, published }
}

/** Works until nothing is left to do. */
export async function untilQuiet(project: ProjectTrainer): Promise<void> {
  while (project.work() !== null) await project.advance()
}

/** Learns from each drawing before the next one comes; practises a little after each. */
export async function learnOneByOne(project: ProjectTrainer, log: readonly LoggedDrawing[]): Promise<void> {
  for (const drawing of log) {
    project.receive([drawing])
    while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
    if (project.work() === 'practice') await project.advance()
  }
}

/** Class by class in turn: drawing k of every class before k + 1 of any, with the split each one would get. */
export function labelLogOf(
  drawings: readonly FixtureDrawing[],
  classes: readonly string[],
  perClass: number,
): LoggedDrawing[] {
  const byClass = classes.map((label) => drawings.filter((drawing) => drawing.label === label))
  const log: LoggedDrawing[] = []
  for (let turn = 0; turn < perClass; turn++)
    byClass.forEach((ofClass, index) => {
      const drawing = ofClass[turn]
      if (!drawing) return
      const id = `d${String(index)}x${String(turn)}`
      log.push({
        id,
        seq: log.length + 1,
        classId: classIdOf(index),
        split: splitOf(id, turn),
        strokes: drawing.strokes,
      })
    })
  return log
}

export function classIdOf(index: number): string {
  return `class${String(index)}`
}

/** A value with a checksum in the place of each array of numbers: comparing them one by one takes seconds. */
export function digest(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Float32Array ? createHash('sha256').update(part).digest('hex') : part,
  )
  return JSON.parse(text)
}
