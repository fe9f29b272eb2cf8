import { startBuilt, temporaryFolder } from '../../support/built-server.ts'
import { loadDigits } from '../../support/fixtures.ts'
import { pause, Person } from '../../support/person.ts'
import { newId } from '../../../shared/ids/id.ts'
import { quantile } from '../../support/quantile.ts'
import { rm } from 'node:fs/promises'

const PEOPLE = 30
/** Between two labels of one person: they draw, look and decide. */
const THINK_MS = 2_000

/** People in one room of a real server who draw and label; answers how long labels took (p99, ms) and how many are lost. */
export async function labellingPeople(
  env: Record<string, string>,
  labelsEach: number,
): Promise<{ readonly p99: number; readonly lost: number }> {
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir, env)
  const digits = loadDigits(Date.now())
  const owner = await Person.arrive(server.url, 'Owner')
  const { project, codes } = await owner.client.create('digits')
  await owner.enter(project.id)
  const classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))
  const people = [owner]
  while (people.length < PEOPLE) {
    const person = await Person.arrive(server.url, `Person ${String(people.length)}`)
    await person.client.joinByCode(codes.editor)
    await person.enter(project.id)
    people.push(person)
  }
  const times: number[] = []
  await Promise.all(
    people.map(async (person, index) => {
      await pause((THINK_MS * index) / PEOPLE)
      for (let i = 0; i < labelsEach; i++) {
        const digit = digits[(index * 31 + i) % digits.length]
        for (const stroke of digit?.strokes ?? []) person.commit(newId(), stroke)
        const from = performance.now()
        await person.label(classIds.get(digit?.label ?? '') ?? '')
        times.push(performance.now() - from)
        await pause(THINK_MS)
      }
    }),
  )
  const { counts } = await owner.client.again().join(project.id)
  for (const person of people) person.leave()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
  return { p99: Math.round(quantile(times, 0.99) * 10) / 10, lost: PEOPLE * labelsEach - counts.total }
}
