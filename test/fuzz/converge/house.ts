import * as Y from 'yjs'
import { animals } from '../../../shared/protocol/entities.ts'
import { appendPage } from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { Driver } from '../../../server/storage/sqlite/driver.ts'
import { diceOf, type Dice } from '../draw.ts'
import { FaultyStore, storeFaults } from '../../support/faulty-store.ts'
import { MemoryDisk } from '../memory-store.ts'
import { intrude } from './intruder.ts'
import { Journal } from './journal.ts'
import { Line } from './network.ts'
import { SimPerson, type Place } from './person.ts'
import type { Schedule } from './schedule.ts'
import { SimServer } from './server.ts'

export const VIEWER = 'viewer0000000000'
export const FROZEN_EDITOR = 'resting000000000'

/** The server, its disk and everybody who works with it, in one schedule. */
export class House {
  readonly people: SimPerson[] = []
  readonly journal = new Journal()
  readonly disk: MemoryDisk
  readonly dice: Dice
  readonly faulty: FaultyStore
  place: Place = { projectId: '', canvasId: '' }
  classId = ''
  /** Since when all pens but owners' rest for certain; null where that is not certain. */
  restingSince: number | null = null
  private server: SimServer | null = null
  /** Whether the disk failed at some time, which the server's log may well complain about. */
  diskFailed = false
  private stopping = false

  private constructor(schedule: Schedule, driver: Driver) {
    const { disk } = schedule
    this.dice = diceOf(schedule.seed ^ 0x5eed)
    this.faulty = new FaultyStore(diceOf(schedule.seed ^ 0xfa17))
    this.disk = new MemoryDisk(driver, {
      commitMs: () => this.dice.int(1, disk.commitMs),
      answerMs: () => this.dice.int(0, disk.answerMs),
    })
  }

  static async open(schedule: Schedule, driver: Driver): Promise<House> {
    const house = new House(schedule, driver)
    await house.furnish(schedule)
    return house
  }

  get owner(): SimPerson {
    const [owner] = this.people
    if (!owner) throw new Error('nobody is in the house')
    return owner
  }

  readonly serverNow = (): SimServer | null => this.server

  /** Dies as of kill -9, and is up again after `ms`. */
  crash(ms: number): void {
    const { server } = this
    if (!server || this.stopping) return
    this.server = null
    server.crash()
    for (const { options, socket } of this.people) {
      options.line.cut()
      socket.cut(0)
    }
    setTimeout(() => this.start(), ms)
  }

  /** Stops as on SIGTERM, and is up again `ms` later. */
  restart(ms: number): void {
    const { server } = this
    if (!server || this.stopping) return
    this.stopping = true
    server.stop().then(
      () => {
        this.stopping = false
        this.server = null
        for (const { options, socket } of this.people) {
          options.line.cut()
          socket.cut(0)
        }
        setTimeout(() => this.start(), ms)
      },
      (error: unknown) => this.journal.faults.push(`the stop failed: ${String(error)}`),
    )
  }

  /** Somebody may only watch for a while. */
  demote(who: number, dice: Dice): void {
    const person = this.people[who % this.people.length]
    if (!person || person === this.owner) return
    this.setRole(person, 'viewer')
    setTimeout(() => this.setRole(person, 'editor'), dice.int(300, 5_000))
  }

  failDisk(ms: number): void {
    this.diskFailed = true
    this.disk.failsUntil = Date.now() + ms
  }

  /** For a while calls of the store, or of one kind, come to grief. */
  troubleStore(dice: Dice): void {
    this.diskFailed = true
    this.faulty.begin({
      faults: dice.chance(0.5) ? storeFaults : [dice.pick(storeFaults)],
      method: dice.chance(0.5) ? null : dice.pick(this.faulty.calls),
      share: dice.pick([0.1, 0.3, 1]),
      mostMs: dice.int(1, 3_000),
    })
    setTimeout(() => this.faulty.end(), dice.int(100, 4_000))
  }

  freeze(dice: Dice): void {
    const canvasId = dice.chance(0.5) ? null : this.place.canvasId
    const { socket } = this.owner
    const rest = { over: false }
    socket.command('hand:freeze', { canvasId, frozen: true }).then(
      () => {
        // Where the line was down it may be answered when it is over.
        if (!rest.over) this.restingSince = Date.now()
      },
      () => undefined,
    )
    setTimeout(
      () => {
        rest.over = true
        this.restingSince = null
        socket.command('hand:freeze', { canvasId, frozen: false }).catch(() => undefined)
      },
      dice.int(500, 6_000),
    )
  }

  /** Somebody writes past the page, as a viewer or while pens rest. */
  intrude(dice: Dice): void {
    const userId = dice.chance(0.5) ? VIEWER : FROZEN_EDITOR
    const line = new Line(dice, { least: 1, most: 30 }, this.listener)
    intrude({ userId, line, place: this.place, dice, house: this, viewer: userId === VIEWER })
  }

  /** Everybody is online and may draw again, and the server is up. */
  async calm(): Promise<void> {
    this.disk.failsUntil = 0
    this.faulty.end()
    for (const { options } of this.people) options.line.restore()
    const { socket } = this.owner
    const asked = [
      socket.command('hand:freeze', { canvasId: null, frozen: false }),
      socket.command('hand:freeze', { canvasId: this.place.canvasId, frozen: false }),
      ...this.people
        .slice(1)
        .map(({ options }) => socket.command('person:role', { userId: options.userId, role: 'editor' })),
    ]
    await Promise.allSettled(asked)
  }

  leave(): void {
    for (const person of this.people) person.leave()
    this.server?.crash()
    this.disk.connection.close()
  }

  private readonly listener = (): SimServer['listen'] | null => this.server?.listen ?? null

  private start(): void {
    if (this.server) return
    this.server = new SimServer(this.disk, this.faulty, (error, message) => {
      if (!this.diskFailed)
        this.journal.faults.push(
          `the server complained: ${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
    })
  }

  private setRole(person: SimPerson, role: 'editor' | 'viewer'): void {
    this.owner.socket.command('person:role', { userId: person.options.userId, role }).catch(() => undefined)
  }

  private async furnish({ people, lines, seed }: Schedule): Promise<void> {
    this.start()
    const { server } = this
    if (!server) return
    const { store } = server
    const userIds = Array.from({ length: people }, (_, i) => `person${String(i)}0000000000`.slice(0, 16))
    const everybody = [...userIds, VIEWER, FROZEN_EDITOR].map((id, i) => ({
      id,
      name: `Person ${String(i)}`,
      animal: animals[0],
      pen: 1,
      createdAt: Date.now(),
    }))
    const [creator] = everybody
    if (!creator) return
    await Promise.all(everybody.map((user) => store.putUser(user)))
    const { project, classId } = await server.furnish(creator, 'A room')
    const projectId = project.id
    await Promise.all(
      everybody
        .slice(1)
        .map(({ id }) =>
          store.putMember({ projectId, userId: id, role: id === VIEWER ? 'viewer' : 'editor', joinedAt: 1 }),
        ),
    )
    const canvasId = newId()
    const named = {
      name: 'Ours',
      ownerId: null,
      openTo: 'all',
      generation: 1,
      createdAt: 1,
      deleted: false,
    } as const
    await store.putCanvas({ id: canvasId, projectId, ...named })
    const first = new Y.Doc()
    appendPage(first, newId())
    await store.appendCanvas(canvasId, Y.encodeStateAsUpdate(first), [])
    this.place = { projectId, canvasId }
    this.classId = classId
    userIds.forEach((userId, index) => {
      const delay = lines[index] ?? { least: 5, most: 50 }
      const line = new Line(diceOf(seed + 31 * index), delay, this.listener)
      const { place, journal } = this
      this.people.push(new SimPerson({ index, userId, line, place, journal, server: this.serverNow }))
    })
  }
}
