import * as Y from 'yjs'
import { build } from '../../server/build.js'
import type { Store } from '../../server/storage/store.ts'
import { loadDigits } from '../support/fixtures.ts'
import { pause, Person } from '../support/person.ts'
import { residentMb } from '../support/process-figures.ts'
import { OutagePerson } from './load/outage-people.ts'
import { isStored } from '../support/stored-state.ts'
import { storePlace } from './load/store-place.ts'
import type { BenchOptions, Figures } from './options.ts'

const PEOPLE = 30
const AWAY_MS = 30_000
const WARM_MS = 6_000
const GIVEN_UP_MS = 60_000

/**
 * People draw and label while the store goes away and comes back. Everything drawn and labelled meanwhile has to be
 * stored and acknowledged soon after its return, and nothing that was acknowledged may be missing.
 */
export default async function bench({ quick, driver }: BenchOptions): Promise<Figures> {
  await build()
  const place = await storePlace(driver === 'mongo' ? 'mongo' : 'sqlite')
  const [count, awayMs, warmMs] = quick ? [8, 6_000, 2_000] : [PEOPLE, AWAY_MS, WARM_MS]
  const server = await place.start()
  const owner = await Person.arrive(server.url, 'Owner')
  const { project, codes } = await owner.client.create('digits')
  await owner.enter(project.id)
  const classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))
  const people = [new OutagePerson(owner, classIds)]
  for (let i = 1; i < count; i++) {
    const person = await Person.arrive(server.url, `Person ${String(i)}`)
    await person.client.joinByCode(codes.editor)
    await person.enter(project.id)
    people.push(new OutagePerson(person, classIds))
  }

  const digits = loadDigits(Date.now())
  const drawing = people.map((person, i) => person.draw(digits, i))
  await pause(warmMs)
  const pid = server.child.pid ?? 0
  const before = residentMb(pid)
  let most = before
  const watching = setInterval(() => (most = Math.max(most, residentMb(pid))), 100)
  const awayAt = performance.now()
  place.away(server)
  await pause(awayMs - 500)
  const ready = await fetch(`${server.url}/ready`)
  const named = ready.status === 503 && (await ready.text()).includes('store')
  await pause(Math.max(0, awayAt + awayMs - performance.now()))
  for (const person of people) person.rest()
  const waited = people.reduce((sum, { waiting }) => sum + waiting, 0)
  const backAt = performance.now()
  place.back(server)
  await Promise.race([recovered(people), pause(GIVEN_UP_MS)])
  const recoveredMs = Math.round(performance.now() - backAt)
  clearInterval(watching)
  await Promise.all(drawing)
  const cut = people.reduce((sum, { person }) => sum + person.errors.length, 0)
  const { code } = await server.stop()
  if (code !== 0) process.stderr.write(server.output().slice(-4_000))
  const store = await place.open()
  const lost = await lostOf(store, people)
  await store.close()
  for (const { person } of people) person.leave()
  await place.end()
  const acknowledged = people.flatMap((person) => person.acknowledged)
  return {
    people: count,
    away_ms: awayMs,
    labels_acknowledged: acknowledged.length,
    labels_that_waited: waited,
    labels_refused: people.reduce((sum, { refusals }) => sum + refusals.length, 0),
    acknowledged_lost: lost,
    recovered_ms: recoveredMs,
    rss_growth_mb: Math.round(most - before),
    ready_named_the_store: named ? 1 : 0,
    connections_lost: cut,
    exit_code: code ?? -1,
  }
}

async function recovered(people: readonly OutagePerson[]): Promise<void> {
  await Promise.all(people.map((person) => person.saved()))
  while (people.some(({ waiting }) => waiting > 0)) await pause(20)
}

/** Labels that were acknowledged and canvases that were called saved, of which the store lacks something. */
async function lostOf(store: Store, people: readonly OutagePerson[]): Promise<number> {
  let lost = 0
  for (const { person, acknowledged } of people) {
    for (const { drawingId, classId } of acknowledged)
      if ((await store.getDrawing(drawingId))?.classId !== classId) lost++
    const { snapshot, updates } = await store.loadCanvas(person.canvasId)
    const doc = new Y.Doc()
    for (const update of [...(snapshot ? [snapshot] : []), ...updates]) Y.applyUpdate(doc, update)
    const { canvas } = person
    if (!canvas) continue
    if (!isStored({ stateVector: Y.encodeStateVector(doc) }, canvas.doc)) lost++
  }
  return lost
}
