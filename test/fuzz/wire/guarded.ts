import * as Y from 'yjs'
import { newId } from '../../../shared/ids/id.ts'
import type { Store } from '../../../server/storage/store.ts'
import { contentOf } from '../converge/checks.ts'
import type { House } from '../converge/house.ts'
import { Journal, keysOf } from '../converge/journal.ts'
import { Line } from '../converge/network.ts'
import { SimPerson, type Place } from '../converge/person.ts'
import { randomStroke } from '../converge/random-stroke.ts'
import { diceOf, type Dice } from '../draw.ts'

/** Strokes on it from which on its people erase rather than draw. */
const MANY = 60

/**
 * A canvas where only its drawer and the project's owner may draw, and nobody hostile: whatever is sent there, what
 * those two did is all that is on it.
 */
export class GuardedCanvas {
  readonly people: readonly SimPerson[]
  private readonly journal = new Journal()

  private constructor(
    readonly place: Place,
    house: House,
    seed: number,
  ) {
    this.people = house.people.slice(0, 2).map(({ options }) => {
      const { index, userId, server } = options
      const line = new Line(diceOf(seed + index), { least: 2, most: 20 }, () => server()?.listen ?? null)
      return new SimPerson({ index, userId, line, place, journal: this.journal, server })
    })
  }

  /** The own canvas of the second person, closed to others from now on. @throws where there is none */
  static async of(house: House, seed: number): Promise<GuardedCanvas> {
    const { projectId } = house.place
    const drawer = house.people[1]?.options.userId
    const hold = await house.serverNow()?.rooms.open(projectId)
    await hold?.room.canvases.openOwnTo('owner')
    const own = hold?.room.canvases.list().find(({ ownerId }) => ownerId === drawer)
    hold?.release()
    if (!own) throw new Error('nobody has a canvas of their own')
    return new GuardedCanvas({ projectId, canvasId: own.id }, house, seed)
  }

  /** One of them does something. */
  act(dice: Dice): void {
    const { link, canvas } = dice.pick(this.people)
    if (!link.takesInk) return
    const shown = canvas.strokes.map(({ id }) => id)
    const some = shown.filter(() => dice.chance(0.5))
    const how = shown.length > MANY ? 0.75 : dice.fraction()
    if (how < 0.7) link.commit(newId(), randomStroke(dice))
    else if (how < 0.8) {
      link.erase(some)
      canvas.endStep()
    } else if (how < 0.85) canvas.move(some.slice(0, 3), { dx: dice.int(-9, 9), dy: 4 })
    else if (how < 0.95) canvas.undo()
    else canvas.redo()
  }

  leave(): void {
    for (const person of this.people) person.leave()
  }

  /** What is not as those two left it; to be asked once they are at rest. */
  async faults(house: House): Promise<string[]> {
    const server = house.serverNow()
    if (!server) return ['the server is not up']
    const truth = await storedDoc(server.store, this.place.canvasId)
    const there = keysOf(truth)
    const { journal } = this
    const { written } = journal
    const faults: string[] = []
    for (const { key, by } of written.values())
      if (!journal.isRemoved(key) && !there.has(key) && !key.includes('.'))
        faults.push(`person ${String(by)} drew ${key} on the guarded canvas, and it is gone`)
    for (const key of there)
      if (!written.has(key)) faults.push(`${key} came to the guarded canvas, where nobody drew it`)
    const stored = contentOf(truth).join('\n')
    for (const person of this.people) {
      const name = `person ${String(person.options.index)}`
      if (!person.quiet) faults.push(`${name} is not at rest on the guarded canvas`)
      if (contentOf(person.canvas.doc).join('\n') !== stored)
        faults.push(`${name} has another guarded canvas than the store`)
    }
    return faults
  }
}

/** What the store would open a canvas with. */
export async function storedDoc(store: Store, canvasId: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  const { snapshot, updates } = await store.loadCanvas(canvasId)
  if (snapshot) Y.applyUpdate(doc, snapshot)
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}
