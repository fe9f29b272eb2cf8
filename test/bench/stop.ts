import { build } from '../../server/build.js'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type { ModelInfo } from '../../shared/training/status.ts'
import { loadDigits } from '../support/fixtures.ts'
import { Person } from '../support/person.ts'
import { storePlace } from './load/store-place.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 200
/** People of another room, whose model learns while the server stops. */
const LEARNERS = 4
const LABELS = 20

/** What a fixed drawing is taken for, and by which model. */
interface Seen {
  readonly step: number
  readonly probabilities: readonly number[]
}

/**
 * A class of people draws in a digits room, and another room's model learns; SIGTERM comes in the middle. Compares what
 * the class's model said of one drawing just before with what it says after a restart.
 */
export default async function bench({ quick, driver }: BenchOptions): Promise<Figures> {
  await build()
  const place = await storePlace(driver === 'mongo' ? 'mongo' : 'sqlite')
  const digits = loadDigits(Date.now())
  const people = quick ? 10 : PEOPLE
  const server = await place.start()
  const { projectId, persons } = await roomOf(server.url, people)
  const learners = await roomOf(server.url, LEARNERS)
  const [owner, ...others] = persons
  if (!owner) throw new Error('nobody is there')

  const classIds = classesOf(owner)
  const learned = await labelSome(others, digits, classIds)
  const probe = digits[0]?.strokes ?? []
  const before = await guessOf(owner, probe, learned)
  const drawing = others.map((person, i) => drawOn(person, digits[i % digits.length]?.strokes ?? []))
  const learning = learners.persons.map((person, i) => labelOn(person, digits, i))
  // The stop comes while the trainer works.
  await learners.persons[0]?.client.next('model:published')
  const { code, ms } = await server.stop('SIGTERM')
  await Promise.all([...drawing, ...learning])
  for (const person of [...persons, ...learners.persons]) person.leave()

  const store = await place.open()
  const written = await Promise.all(
    [
      { id: projectId, step: before.step },
      { id: learners.projectId, step: learners.persons[0]?.room.model?.step ?? 0 },
    ].map(async ({ id, step }) => ((await store.listCheckpoints(id))[0]?.step ?? -1) >= step),
  )
  const labels = await store.countDrawings(learners.projectId)
  await store.close()

  const again = await place.start()
  const back = owner.at(again.url)
  await back.enter(projectId)
  const after = await guessOf(back, probe, before.step)
  const labelsKept = back.room.counts.total
  back.leave()
  await again.stop()
  await place.end()
  const acknowledged = (await Promise.all(learning)).reduce((sum, count) => sum + count, 0)
  return {
    clients: people + LEARNERS,
    sigterm_exit_ms: Math.round(ms),
    exit_code: code ?? -1,
    checkpoint_written: written.every((one) => one) ? 1 : 0,
    resumed_equal: isEqual(before, after) ? 1 : 0,
    step_before: before.step,
    step_after: after.step,
    labels_lost: LABELS - labelsKept + Math.max(0, acknowledged - labels.total),
  }
}

/** A room for digits with so many people in it, its owner first. */
async function roomOf(url: string, count: number): Promise<{ projectId: string; persons: Person[] }> {
  const owner = await Person.arrive(url, 'Owner')
  const { project, codes } = await owner.client.create('digits')
  await owner.enter(project.id)
  const persons = [owner]
  for (let i = 1; i < count; i++) {
    const person = await Person.arrive(url, `Person ${String(i)}`)
    await person.client.joinByCode(codes.editor)
    await person.enter(project.id)
    persons.push(person)
  }
  return { projectId: project.id, persons }
}

function classesOf({ room }: Person): ReadonlyMap<string, string> {
  return new Map(room.classes.map(({ id, name }) => [name, id]))
}

/** Labels drawings until the server takes no more; answers how many were acknowledged. */
async function labelOn(person: Person, digits: ReturnType<typeof loadDigits>, from: number): Promise<number> {
  const classIds = classesOf(person)
  for (let count = 0; ; count++) {
    const digit = digits[((from + count) * 37) % digits.length]
    for (const stroke of digit?.strokes ?? []) person.commit(newId(), stroke)
    try {
      await person.label(classIds.get(digit?.label ?? '') ?? '')
    } catch {
      return count
    }
  }
}

/** Labels some drawings and waits until the model has learned all of them; answers its step. */
async function labelSome(
  people: readonly Person[],
  digits: ReturnType<typeof loadDigits>,
  classIds: ReadonlyMap<string, string>,
): Promise<number> {
  const [watcher] = people
  if (!watcher) throw new Error('nobody is there')
  let model: ModelInfo | null = null
  let newest = 0
  let settle: (() => void) | null = null
  watcher.socket.on('model:published', (published) => {
    model = published.model
    if (newest > 0 && model.trainedTo >= newest) settle?.()
  })
  let last = 0
  for (let i = 0; i < LABELS; i++) {
    const person = people[i % people.length] ?? watcher
    const digit = digits[(i * 37) % digits.length]
    for (const stroke of digit?.strokes ?? []) person.commit(newId(), stroke)
    const { drawing } = await person.label(classIds.get(digit?.label ?? '') ?? '')
    if (drawing.split === 'train') last = drawing.seq
  }
  const step = (): number => model?.step ?? 0
  await new Promise<void>((resolve) => {
    settle = resolve
    newest = last
    if (model !== null && model.trainedTo >= last) resolve()
  })
  return step()
}

/** Commits the drawing to the person's canvas on a page of its own and waits for the guess of all of it by a model of this step. */
async function guessOf(person: Person, strokes: readonly Stroke[], step: number): Promise<Seen> {
  let model = person.room.model
  const points = strokes.reduce((sum, { xs }) => sum + xs.length, 0)
  person.turnPage()
  const pageId = person.pageId
  const seen = new Promise<Seen>((resolve) => {
    person.socket.on('model:published', (published) => {
      model = published.model
    })
    person.socket.on('prediction', ({ items }) => {
      const guess = items.find((item) => item.pageId === pageId && item.points === points)
      if (guess && model && model.step >= step)
        resolve({ step: model.step, probabilities: guess.probabilities })
    })
  })
  for (const stroke of strokes) person.commit(newId(), stroke)
  return seen
}

async function drawOn(person: Person, strokes: readonly Stroke[]): Promise<void> {
  for (const stroke of strokes) await person.drawTimed(stroke, () => undefined)
}

function isEqual(a: Seen, b: Seen): boolean {
  return (
    a.step === b.step &&
    a.probabilities.length === b.probabilities.length &&
    a.probabilities.every((value, i) => value === b.probabilities[i])
  )
}
