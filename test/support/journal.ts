import type { DrawingInfo } from '../../shared/protocol/entities.ts'
import type { Prediction } from '../../shared/protocol/events.ts'
import type { ModelInfo } from '../../shared/training/status.ts'
import type { Person } from './person.ts'

const COVER_WITHIN_MS = 3_000

interface LabelNote {
  readonly seq: number
  readonly trains: boolean
  readonly at: number
  /** People who have not yet received a guess by a model that has learned it. */
  readonly waiting: Set<Person>
}

interface TailNote {
  readonly pageId: string
  readonly points: number
  readonly at: number
  readonly pointerAt: readonly number[]
}

/**
 * Notes, for a room of people, when each tail was sent and each label acknowledged, and when the guesses that cover
 * them reached the others. Times are ms of one process's clock.
 */
export class Journal {
  readonly strokeToBars: number[] = []
  /** From the pen at a point, before the client gathered it into a tail, to a guess that covers it. */
  readonly pointerToBars: number[] = []
  readonly labelToPublished: number[] = []
  readonly labelAcknowledged: number[] = []
  readonly labels: LabelNote[] = []
  readonly errors: string[] = []
  unanswered = 0
  readonly #tails = new Map<string, TailNote[]>()
  readonly #trainedTo = new Map<number, number>()
  readonly #checks = new Set<() => void>()
  readonly #people: readonly Person[]
  /** Whether the model knows a class. */
  #guessing = false

  constructor(people: readonly Person[]) {
    this.#people = people
    people.forEach((person, i) => {
      const other = people[(i + 1) % people.length] ?? person
      other.socket.on('prediction', ({ items }) => {
        for (const item of items) if (item.canvasId === person.canvasId) this.#cover(item)
      })
      person.socket.on('prediction', ({ modelVersion }) => {
        this.#heard(person, modelVersion)
      })
      person.socket.on('model:published', ({ model }) => {
        this.#published(model)
      })
    })
  }

  /** Begins anew, after a warm-up. */
  forget(): void {
    for (const list of [
      this.strokeToBars,
      this.pointerToBars,
      this.labelToPublished,
      this.labelAcknowledged,
      this.labels,
    ])
      list.length = 0
    this.unanswered = 0
  }

  /** `points`: all points of the page that are sent with this tail; `pointerAt`: when the pen was at its new ones. Before the model knows a class there is nothing to guess. */
  tailSent(person: Person, points: number, pointerAt: readonly number[]): void {
    if (!this.#guessing) return
    const tails = this.#tails.get(person.canvasId) ?? []
    tails.push({ pageId: person.pageId, points, at: performance.now(), pointerAt })
    this.#tails.set(person.canvasId, tails)
  }

  /** Resolves when everything the person sent is covered by a guess; what is not within 3 s counts as unanswered. */
  async covered(person: Person): Promise<void> {
    const done = await this.#until(
      () => (this.#tails.get(person.canvasId) ?? []).length === 0,
      COVER_WITHIN_MS,
    )
    if (done) return
    this.unanswered += this.#tails.get(person.canvasId)?.length ?? 0
    this.#tails.delete(person.canvasId)
  }

  labelled(drawing: DrawingInfo, acknowledgedMs: number): void {
    this.labelAcknowledged.push(acknowledgedMs)
    this.labels.push({
      seq: drawing.seq,
      trains: drawing.split === 'train',
      at: performance.now(),
      waiting: new Set(this.#people),
    })
  }

  /** Resolves when every label that trains was published to everyone. */
  async settled(withinMs: number): Promise<void> {
    const done = await this.#until(
      () => this.labels.every(({ trains, waiting }) => !trains || waiting.size === 0),
      withinMs,
    )
    if (!done) this.errors.push('some labels were never learned')
  }

  #cover(guess: Prediction): void {
    const now = performance.now()
    const tails = this.#tails.get(guess.canvasId) ?? []
    const left = tails.filter(({ pageId, points, at, pointerAt }) => {
      const covers = pageId === guess.pageId && guess.points >= points
      if (covers) {
        this.strokeToBars.push(now - at)
        for (const since of pointerAt) this.pointerToBars.push(now - since)
      }
      return !covers
    })
    this.#tails.set(guess.canvasId, left)
    this.#check()
  }

  #published({ version, trainedTo, classIds }: ModelInfo): void {
    this.#trainedTo.set(version, trainedTo)
    this.#guessing ||= classIds.length > 0
  }

  #heard(person: Person, version: number): void {
    const trainedTo = this.#trainedTo.get(version)
    if (trainedTo === undefined) return
    for (const label of this.labels) {
      if (label.seq > trainedTo || !label.waiting.delete(person) || label.waiting.size > 0) continue
      if (label.trains) this.labelToPublished.push(performance.now() - label.at)
    }
    this.#check()
  }

  #check(): void {
    for (const check of this.#checks) check()
  }

  #until(condition: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (done: boolean): void => {
        clearTimeout(timer)
        this.#checks.delete(check)
        resolve(done)
      }
      const check = (): void => {
        if (condition()) finish(true)
      }
      const timer = setTimeout(() => {
        finish(false)
      }, withinMs)
      this.#checks.add(check)
      check()
    })
  }
}
