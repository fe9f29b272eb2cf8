import { splitOf } from '../../server/dataset/split.ts'
import type { Backend } from '../../server/learning/backend/backend.ts'
import { openBackend } from '../../server/learning/backend/open.ts'
import type { LoggedDrawing } from '../../server/learning/replay.ts'
import type { ProjectTrainer } from '../../server/learning/trainer/project.ts'
import { classIdOf, openDriven, untilQuiet } from '../integration/learning/drive.ts'
import { digitDrawings, fixtureDigits, type DrawnDigit } from './load/digit-stream.ts'
import { Falls } from './load/falls.ts'
import { randomStarter } from './load/random-starter.ts'
import { servedGuesses } from './load/served-guesses.ts'
import { recallOf, shareRight, type TestRasters } from './load/test-rasters.ts'
import type { BenchOptions, Figures } from './options.ts'

const SEED = 6
const CLASSES = 10
const AT_ONCE = 10
const classIds = Array.from({ length: CLASSES }, (_, index) => classIdOf(index))
const LOOKS = 100
const QUICK_LOOKS = 20
/** Arrivals of a class, from its first on, after each of which there is one more look: where others fall furthest. */
const LOOKS_OF_JOINED = [1, 2, 4, 8, 16]
const QUICK_DIGITS = 6_000
const QUICK_TESTED = 2_000

/**
 * The worst order in which drawings can come: class by class, ten at a time, into the loop as it is shipped, from random
 * weights. A look is a test of what serves rooms at that moment: a hundred, evenly, and some more where a class joins. With
 * `--quick` and data 6,000 digits come, which takes minutes; without data the fixtures' 200.
 */
export default async function bench({ data, quick }: BenchOptions): Promise<Figures> {
  const { drawings, test } =
    data === null
      ? fixtureDigits()
      : digitDrawings(data, quick ? QUICK_DIGITS : Infinity, quick ? QUICK_TESTED : Infinity)
  const log = sortedLog(drawings)
  const backend = await openBackend('wasm', () => undefined)
  const { project, published } = await openDriven(
    backend,
    { classIds, recipe: 'mnist', seed: SEED },
    [],
    randomStarter(SEED),
  )
  const falls = new Falls()
  const arrivals = Math.ceil(log.length / AT_ONCE)
  const every = Math.max(1, Math.round(arrivals / (data === null || quick ? QUICK_LOOKS : LOOKS)))
  let learningMs = 0
  let known = 0
  let sinceJoined = 0
  for (let arrival = 0; arrival < arrivals; arrival++) {
    const begun = performance.now()
    project.receive(log.slice(arrival * AT_ONCE, (arrival + 1) * AT_ONCE))
    while (project.work() === 'arrival' || project.work() === 'group') await project.advance()
    learningMs += performance.now() - begun
    // Each holds a copy of all weights.
    published.length = 0
    sinceJoined = project.served().model.classIds.length > known ? 1 : sinceJoined + 1
    known = project.served().model.classIds.length
    if ((arrival + 1) % every === 0 || LOOKS_OF_JOINED.includes(sinceJoined))
      falls.look((await look(backend, project, test)).recall)
  }
  await untilQuiet(project)
  const { accuracy, recall } = await look(backend, project, test)
  falls.look(recall)
  const aside = project.status(0).accuracy
  return {
    final_accuracy: accuracy,
    max_dip_points: 100 * falls.worst,
    max_dip_class: falls.worstOf ?? 'none',
    final_accuracy_kept_aside: aside?.kind === 'test' ? aside.share : 'too few',
    digits: log.length,
    looks: falls.looks,
    steps: project.status(0).step,
    drawings_per_second: Math.round((1000 * log.length) / learningMs),
    backend: backend.name,
  }
}

/** The drawings class by class, each with the split that a room would give it. */
function sortedLog(drawings: readonly DrawnDigit[]): LoggedDrawing[] {
  const ofClass = new Map<number, number>()
  return [...drawings]
    .sort((a, b) => a.truth - b.truth)
    .map(({ truth, strokes }, index) => {
      const before = ofClass.get(truth) ?? 0
      ofClass.set(truth, before + 1)
      const id = `digit${String(index)}`
      return { id, seq: index + 1, classId: classIdOf(truth), split: splitOf(id, before), strokes }
    })
}

/** How what serves now does on the test digits; recall by class for the classes that it knows. */
async function look(
  backend: Backend,
  project: ProjectTrainer,
  test: TestRasters,
): Promise<{ accuracy: number; recall: Map<number, number> }> {
  const served = project.served()
  const guesses = await servedGuesses(backend, served, test, classIds)
  const recall = recallOf(test.truths, guesses)
  for (const truth of recall.keys())
    if (!served.model.classIds.includes(classIdOf(truth))) recall.delete(truth)
  return { accuracy: shareRight(test.truths, guesses), recall }
}
