import { newId } from '../../shared/ids/id.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { drawAndLabel } from '../support/draw-and-label.ts'
import { loadSketches, type FixtureDrawing } from '../support/fixtures.ts'
import { Journal } from '../support/journal.ts'
import { Person } from '../support/person.ts'
import { quantile } from '../support/quantile.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 10
/** Drawings a class that are replayed and labelled; the others are never shown to the model. */
const SHOWN = 20
const SETTLE_WITHIN_MS = 20_000

/**
 * Ten people in an empty room replay real sketches at the speed at which they were drawn and label each, while the
 * model trains: how soon others see a guess that covers what was drawn, and one by a model that has learned it.
 */
export default async function journey({ quick }: BenchOptions): Promise<Figures> {
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir)
  const drawings = loadSketches()
  const names = [...new Set(drawings.map(({ label }) => label))]
  const ofClass = (name: string): FixtureDrawing[] => drawings.filter(({ label }) => label === name)
  const shown = names.flatMap((name) => ofClass(name).slice(0, SHOWN))
  const unseen = names.flatMap((name) => ofClass(name).slice(SHOWN, quick ? SHOWN + 3 : undefined))

  const owner = await Person.arrive(server.url, 'Teacher')
  const { project, codes } = await owner.client.create('empty', names)
  await owner.enter(project.id)
  const people: Person[] = []
  for (let i = 0; i < PEOPLE; i++) {
    const person = await Person.arrive(server.url, `Person ${i + 1}`)
    await person.client.joinByCode(codes.editor)
    await person.enter(project.id)
    people.push(person)
  }
  const classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))

  // A model that knows no class yet says nothing: what it would get by guessing blindly is what it starts from.
  const before = 1 / names.length
  const journal = new Journal(people)
  // A drawing that stays: every model that is published has something to guess.
  shown[0]?.strokes.forEach((stroke) => {
    owner.commit(newId(), stroke)
  })
  const deadline = performance.now() + (quick ? 8_000 : 90_000)
  const startedAt = performance.now()
  await Promise.all(
    people.map(async (person, i) => {
      for (let n = 0; performance.now() < deadline; n++) {
        const drawing = shown[(i * 37 + n * PEOPLE * 7 + n) % shown.length]
        if (drawing === undefined) return
        await drawAndLabel(person, drawing, classIds.get(drawing.label) ?? '', journal)
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  await journal.settled(SETTLE_WITHIN_MS)
  owner.turnPage()
  const after = await accuracyOn(owner, unseen, classIds)

  for (const person of [owner, ...people]) person.leave()
  const { code } = await server.stop()
  const lost = await labelsLost(dataDir, owner, project.id, journal.labels.length)
  const errors = [owner, ...people].flatMap((person) => person.errors).concat(journal.errors)
  for (const error of errors) process.stderr.write(`${error}\n`)

  return {
    stroke_to_bars_p50_ms: quantile(journal.strokeToBars, 0.5),
    stroke_to_bars_p95_ms: quantile(journal.strokeToBars, 0.95),
    label_to_published_p50_ms: quantile(journal.labelToPublished, 0.5),
    label_to_published_p95_ms: quantile(journal.labelToPublished, 0.95),
    label_acknowledged_p95_ms: quantile(journal.labelAcknowledged, 0.95),
    accuracy_before: before,
    accuracy_after: after,
    accuracy_gain_points: 100 * (after - before),
    drawings_never_shown: unseen.length,
    labels: journal.labels.length,
    labels_kept_aside: journal.labels.filter(({ trains }) => !trains).length,
    labels_lost: lost,
    labels_per_minute: (60 * journal.labels.length) / seconds,
    tails: journal.strokeToBars.length,
    tails_unanswered: journal.unanswered,
    errors: errors.length + (code === 0 ? 0 : 1),
  }
}

/** Share of right guesses, each of a whole drawing put on the person's own canvas. */
async function accuracyOn(
  person: Person,
  drawings: readonly FixtureDrawing[],
  classIds: ReadonlyMap<string, string>,
): Promise<number> {
  let right = 0
  for (const drawing of drawings) {
    const points = drawing.strokes.reduce((sum, { xs }) => sum + xs.length, 0)
    const pageId = person.pageId
    const guessed = new Promise<readonly number[]>((resolve) => {
      const hear = ({
        items,
      }: {
        items: readonly { pageId: string; points: number; probabilities: readonly number[] }[]
      }): void => {
        const guess = items.find((item) => item.pageId === pageId && item.points >= points)
        if (guess === undefined) return
        person.socket.off('prediction', hear)
        resolve(guess.probabilities)
      }
      person.socket.on('prediction', hear)
    })
    drawing.strokes.forEach((stroke) => {
      person.commit(newId(), stroke)
    })
    const probabilities = await guessed
    const top = probabilities.indexOf(Math.max(...probabilities))
    if (person.room.model?.classIds[top] === classIds.get(drawing.label)) right++
    person.turnPage()
  }
  return right / drawings.length
}

/** Starts the server again on the same data and counts what is missing of the acknowledged labels. */
async function labelsLost(
  dataDir: string,
  owner: Person,
  projectId: string,
  acknowledged: number,
): Promise<number> {
  const again = await startBuilt(dataDir)
  const back = owner.at(again.url)
  await back.enter(projectId)
  const { total } = back.room.counts
  back.leave()
  await again.stop()
  return acknowledged - total
}
