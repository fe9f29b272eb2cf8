import { newId } from '../../shared/ids/id.ts'
import type { FixtureDrawing } from './fixtures.ts'
import { pause, Person } from './person.ts'

/** People who sit in a room: they teach it first, then go on drawing until they leave. */
export interface LivelyRoom {
  readonly people: readonly Person[]
  /** Each person labels drawings until every class has `perClass` more; resolves once the model has learned the newest. */
  teach(perClass: number): Promise<void>
  /** Everyone draws at their own pace, and labels now and then, until `leave`. */
  draw(): void
  leave(): Promise<void>
}

/** Lets one person for each of `names` into the room of `code`; `drawings` are what they draw. */
export async function fillRoom(
  url: string,
  code: string,
  names: readonly string[],
  drawings: readonly FixtureDrawing[],
): Promise<LivelyRoom> {
  const people: Person[] = []
  for (const name of names) {
    const person = await Person.arrive(url, name)
    const joined = await person.client.joinByCode(code)
    await person.enter(joined.projectId)
    people.push(person)
  }
  const first = people[0]
  if (first === undefined) throw new Error('nobody was named')
  const classIds = new Map(first.room.classes.map((one) => [one.name, one.id]))
  const known = drawings.filter(({ label }) => classIds.has(label))
  const ofClass = (name: string): FixtureDrawing[] => known.filter(({ label }) => label === name)
  const leaving = new AbortController()
  const over = (): boolean => leaving.signal.aborted
  const busy: Promise<void>[] = []

  async function live(person: Person, place: number): Promise<void> {
    for (let turn = 0; !over(); turn++) {
      const drawing = known[(place * 37 + turn * 71 + turn) % known.length]
      if (drawing === undefined) return
      await pause(200 * ((place * 3 + turn) % 5))
      for (const stroke of drawing.strokes) {
        if (over()) return
        await person.drawTimed({ ...stroke, at: Date.now() }, () => undefined)
        await pause(150)
      }
      await pause(1_500 + 700 * ((place + turn) % 4))
      if (over()) return
      const classId = classIds.get(drawing.label)
      if (turn % 3 === 2 && classId !== undefined) {
        await person.label(classId)
        await pause(2_500)
      } else person.turnPage()
    }
  }

  return {
    people,
    async teach(perClass) {
      let newest = 0
      for (let n = 0; n < perClass; n++) {
        for (const [index, name] of [...classIds.keys()].entries()) {
          const person = people[(index + n) % people.length]
          const drawing = ofClass(name)[n]
          if (person === undefined || drawing === undefined) continue
          drawing.strokes.forEach((stroke) => {
            person.commit(newId(), { ...stroke, at: Date.now() })
          })
          const { drawing: stored } = await person.label(classIds.get(name) ?? '')
          if (stored.split === 'train') newest = stored.seq
        }
      }
      await learned(first, newest)
    },
    draw() {
      busy.push(...people.map(live))
    },
    async leave() {
      leaving.abort()
      await Promise.all(busy)
      for (const person of people) person.leave()
    },
  }
}

function learned(person: Person, seq: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (trainedTo: number): void => {
      if (trainedTo < seq) return
      person.socket.off('model:published', hear)
      resolve()
    }
    const hear = ({ model }: { model: { trainedTo: number } }): void => {
      look(model.trainedTo)
    }
    person.socket.on('model:published', hear)
    look(person.room.model?.trainedTo ?? 0)
  })
}
