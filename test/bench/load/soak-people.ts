import { loadSketches } from '../../support/fixtures.ts'
import { answerParent } from '../../support/helper-process.ts'
import { pause, Person } from '../../support/person.ts'

/** Drawings of one visit, at most. */
const VISIT = 3
const AWAY_MS = 500

const sketches = loadSketches()
let people: Person[] = []
let classIds = new Map<string, string>()
let projectId = ''
const totals = { visits: 0, drawings: 0, points: 0 }

export const handlers = {
  async prepare({ url, count }: { url: string; count: number }): Promise<void> {
    const names = [...new Set(sketches.map(({ label }) => label))]
    const owner = await Person.arrive(url, 'Teacher')
    const { project, codes } = await owner.client.create('empty', names)
    projectId = project.id
    await owner.enter(projectId)
    classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))
    people = [owner]
    while (people.length < count) {
      const person = await Person.arrive(url, `Person ${String(people.length)}`)
      await person.client.joinByCode(codes.editor)
      people.push(person)
    }
    owner.leave()
  },

  /** For so long all of them come, draw and label, go and come back; at the end nobody is there. */
  async live({
    url,
    seconds,
  }: {
    url: string
    seconds: number
  }): Promise<typeof totals & { errors: string[] }> {
    const deadline = performance.now() + 1_000 * seconds
    const errors: string[] = []
    await Promise.all(
      people.map(async (known, i) => {
        for (let visit = 0; performance.now() < deadline; visit++) {
          const person = known.at(url)
          try {
            await stay(person, i, visit, deadline)
          } catch (error) {
            errors.push(String(error))
          }
          person.leave()
          errors.push(...person.errors)
          totals.visits++
          await pause(AWAY_MS)
        }
      }),
    )
    return { ...totals, errors }
  },
}

async function stay(person: Person, i: number, visit: number, deadline: number): Promise<void> {
  await person.enter(projectId)
  await person.client.command('canvas:open', { canvasId: person.canvasId })
  await person.client.command('tiles:watch', { canvasIds: person.room.canvases.map(({ id }) => id) })
  for (let n = 0; n < VISIT && performance.now() < deadline; n++) {
    const sketch = sketches[(i * 37 + visit * 101 + n * 13) % sketches.length]
    for (const stroke of sketch?.strokes ?? []) {
      await person.drawTimed({ ...stroke, at: Date.now() }, () => undefined)
      totals.points += stroke.xs.length
    }
    await person.label(classIds.get(sketch?.label ?? '') ?? '')
    totals.drawings++
  }
}

answerParent(handlers)
