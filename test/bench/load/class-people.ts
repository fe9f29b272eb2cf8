import { monitorEventLoopDelay } from 'node:perf_hooks'
import { newId } from '../../../shared/ids/id.ts'
import { decodeRoomInk } from '../../../shared/protocol/ink.ts'
import { drawAndLabel } from '../../support/draw-and-label.ts'
import { loadSketches } from '../../support/fixtures.ts'
import { answerParent } from '../../support/helper-process.ts'
import { Journal } from '../../support/journal.ts'
import { Person } from '../../support/person.ts'
import { TailTimes } from '../../support/tail-times.ts'

const SETTLE_WITHIN_MS = 20_000
const RESOLUTION_MS = 10

export interface ClassSeen {
  readonly ink: readonly number[]
  readonly inkUnknown: number
  readonly strokeToBars: readonly number[]
  readonly pointerToBars: readonly number[]
  readonly labelToPublished: readonly number[]
  readonly labels: number
  readonly unanswered: number
  readonly errors: readonly string[]
  /** How late this process was, in ms, of which the latencies hold a part. */
  readonly lagP99: number
}

const people: Person[] = []
let journal = new Journal([])
let classIds = new Map<string, string>()
const sketches = loadSketches()
const tails = new TailTimes()

export const handlers = {
  /** A room for so many people, who watch the wall with everybody's canvas and have their own one open. */
  async enter({ url, count }: { url: string; count: number }): Promise<void> {
    const names = [...new Set(sketches.map(({ label }) => label))]
    const owner = await Person.arrive(url, 'Teacher')
    const { project, codes } = await owner.client.create('empty', names)
    await owner.enter(project.id)
    classIds = new Map(owner.room.classes.map(({ id, name }) => [name, id]))
    // A drawing that stays: every model that is published has something to guess.
    sketches[0]?.strokes.forEach((stroke) => owner.commit(newId(), stroke))
    while (people.length < count) {
      const person = await Person.arrive(url, `Person ${String(people.length + 1)}`)
      await person.client.joinByCode(codes.editor)
      await person.enter(project.id)
      people.push(person)
    }
    const canvasIds = people.map(({ canvasId }) => canvasId)
    for (const { client, canvasId, socket } of people) {
      await client.command('canvas:open', { canvasId })
      await client.command('tiles:watch', { canvasIds })
      const hear = (batch: Uint8Array): void =>
        tails.received(client.userId, decodeRoomInk(new Uint8Array(batch)))
      socket.on('ink', hear)
      socket.on('ink:tiles', hear)
    }
    journal = new Journal(people)
  },

  /** Everybody draws and labels real sketches for so long. */
  async draw({ seconds }: { seconds: number }): Promise<ClassSeen> {
    journal.forget()
    const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    lag.enable()
    tails.latencies.length = 0
    const deadline = performance.now() + 1_000 * seconds
    await Promise.all(
      people.map(async (person, i) => {
        for (let n = 0; performance.now() < deadline; n++) {
          const sketch = sketches[(i * 37 + n * people.length * 7 + n) % sketches.length]
          if (!sketch) return
          await drawAndLabel(
            person,
            sketch,
            classIds.get(sketch.label) ?? '',
            journal,
            (strokeId, stroke, points) => tails.tailSent(strokeId, stroke, points),
          )
        }
      }),
    )
    await journal.settled(SETTLE_WITHIN_MS)
    return {
      ink: tails.latencies,
      inkUnknown: tails.unknown,
      strokeToBars: journal.strokeToBars,
      pointerToBars: journal.pointerToBars,
      labelToPublished: journal.labelToPublished,
      labels: journal.labels.length,
      unanswered: journal.unanswered,
      errors: [...people.flatMap(({ errors }) => errors), ...journal.errors],
      lagP99: lag.percentile(99) / 1e6 - RESOLUTION_MS,
    }
  },
}

answerParent(handlers)
