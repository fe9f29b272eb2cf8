import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { build } from '../../server/build.js'
import { openStore } from '../../server/storage/open.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type { ModelInfo } from '../../shared/training/status.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { loadDigits } from '../support/fixtures.ts'
import { Person } from '../support/person.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 50
const LABELS = 20

/** What a fixed drawing is taken for, and by which model. */
interface Seen {
  readonly step: number
  readonly probabilities: readonly number[]
}

/**
 * A class of people draws in a digits room while the model learns; SIGTERM comes in the middle. Compares what the model
 * said of one drawing just before with what it says after a restart.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const dataDir = temporaryFolder()
  const digits = loadDigits(Date.now())
  const people = quick ? 10 : PEOPLE
  const server = await startBuilt(dataDir)
  const owner = await Person.arrive(server.url, 'Owner')
  const { project, codes } = await owner.client.create('digits')
  await owner.enter(project.id)
  const others: Person[] = []
  for (let i = 1; i < people; i++) {
    const person = await Person.arrive(server.url, `Person ${String(i)}`)
    await person.client.joinByCode(codes.editor)
    await person.enter(project.id)
    others.push(person)
  }

  const classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))
  const learned = await labelSome(others, digits, classIds)
  const probe = digits[0]?.strokes ?? []
  const before = await guessOf(owner, probe, learned)
  const drawing = others.map((person, i) => drawOn(person, digits[i % digits.length]?.strokes ?? []))
  const { code, ms } = await server.stop('SIGTERM')
  await Promise.all(drawing)
  for (const person of [owner, ...others]) person.leave()

  const store = await openStore({ dataDir, log: pino({ level: 'silent' }) })
  const checkpoints = await store.listCheckpoints(project.id)
  await store.close()

  const again = await startBuilt(dataDir)
  const back = owner.at(again.url)
  await back.enter(project.id)
  const after = await guessOf(back, probe, before.step)
  const labelsKept = back.room.counts.total
  back.leave()
  await again.stop()
  await rm(dataDir, { recursive: true, force: true })
  return {
    clients: people,
    sigterm_exit_ms: Math.round(ms),
    exit_code: code ?? -1,
    checkpoint_written: checkpoints.some(({ reason }) => reason === 'stop') ? 1 : 0,
    resumed_equal: isEqual(before, after) ? 1 : 0,
    step_before: before.step,
    step_after: after.step,
    labels_lost: LABELS - labelsKept,
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
