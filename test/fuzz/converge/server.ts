import { createPeople } from '../../../server/identity/people.ts'
import type { ProjectRecord } from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import { createProjects } from '../../../server/rooms/projects.ts'
import { createRooms, type Rooms } from '../../../server/rooms/registry.ts'
import type { RoomLog, RoomOutlet } from '../../../server/rooms/ports.ts'
import { handCommands } from '../../../server/sockets/hand-commands.ts'
import { handle, type Commands, type Run } from '../../../server/sockets/handle.ts'
import { createInkIntake } from '../../../server/sockets/ink-intake.ts'
import { checkpointCommands } from '../../../server/sockets/checkpoint-commands.ts'
import { modelCommands } from '../../../server/sockets/model-commands.ts'
import { recordCommands } from '../../../server/sockets/record-commands.ts'
import { roomCommands } from '../../../server/sockets/room-commands.ts'
import { RunningCommands } from '../../../server/sockets/running-commands.ts'
import { Scratch } from '../../../server/sockets/scratch.ts'
import { Session } from '../../../server/sockets/session.ts'
import { canvasAddress } from '../../../server/sync/address.ts'
import { createSyncServer, type SyncServer } from '../../../server/sync/sync-server.ts'
import type { Role, User } from '../../../shared/protocol/entities.ts'
import type { Ack, ServerToClientEvents } from '../../../shared/protocol/events.ts'
import type { CommandName } from '../../../shared/protocol/payloads.ts'
import { FakeLearning } from '../../support/fake-learning.ts'
import type { FaultyStore } from '../../support/faulty-store.ts'
import type { MemoryDisk } from '../memory-store.ts'
import type { Listener } from './network.ts'

export const clock = { now: () => Date.now() }

/** What a server wrote to its log as an error, which none of these schedules should make it do. */
export type Complaint = (error: unknown, message: string) => void

/** One connection for commands and events, as the server has it. */
export interface ServedRoom {
  run(name: CommandName, payload: unknown, answer: (ack: Ack<unknown>) => void): void
  /** A packet of ink, as it comes. */
  ink(packet: unknown): void
  end(): void
}

type Tell = (event: keyof ServerToClientEvents, payload: unknown) => void

interface Hearer {
  readonly userId: string
  readonly tell: Tell
  /** The room it hears of, with the role it was let in with: null before the door. */
  room: { readonly projectId: string; readonly role: Role | null } | null
}

/** A server process with everything but its transports: rooms, sync, commands, over a store of the disk. */
export class SimServer {
  readonly store: Store
  readonly rooms: Rooms
  private readonly sync: SyncServer
  private readonly projects
  private readonly people
  private readonly learning = new FakeLearning()
  private readonly running = new RunningCommands()
  private readonly hearers = new Set<Hearer>()
  private readonly log: RoomLog
  private alive = true
  private crashed = false

  constructor(
    private readonly disk: MemoryDisk,
    faulty: FaultyStore,
    complain: Complaint,
  ) {
    this.log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      // A process that was killed says nothing any more, although what it had begun still runs here.
      error: (fields, message) => {
        if (this.crashed) return
        complain('err' in fields ? fields.err : null, message)
      },
    }
    this.store = faulty.over(disk.open())
    const { store, log } = this
    this.projects = createProjects({ store, clock })
    this.people = createPeople({ store, clock })
    const { projects, people, learning } = this
    this.rooms = createRooms({ store, learning, projects, people, log, clock })
    this.rooms.connect(this.outlet())
    const identity = {
      verify: (token: string) => Promise.resolve(token === '' ? null : { userId: token }),
    }
    this.sync = createSyncServer({
      rooms: this.rooms,
      identity,
      projects,
      allowedOrigin: () => true,
      log,
      clock,
    })
  }

  /** Where canvas sockets arrive; the token is the person's id. */
  readonly listen: Listener = (socket, url, protocols) => {
    const path = url.slice(url.indexOf('/sync/'))
    const address = canvasAddress(path)
    if (!address || !this.alive) {
      socket.terminate()
      return
    }
    const headers = { 'sec-websocket-protocol': protocols.join(',') }
    this.sync.accept(socket, { url: path, headers }, address)
  }

  /** Null while the server takes nobody in. */
  connect(userId: string, socketId: string, tell: Tell): ServedRoom | null {
    if (!this.alive || this.running.stopping) return null
    const hearer: Hearer = { userId, tell, room: null }
    this.hearers.add(hearer)
    const { rooms, projects, people, learning, log, running } = this
    const session = new Session({
      socketId,
      userId,
      rooms,
      projects,
      people,
      listen: (projectId, _userId, role) => (hearer.room = { projectId, role }),
      unlisten: () => (hearer.room = null),
    })
    const scratch = new Scratch({ key: socketId, learning, clock, send: () => undefined })
    const commands: Commands = {
      ...roomCommands({ session, scratch, projects, people }),
      ...modelCommands(session),
      ...recordCommands(session),
      ...checkpointCommands(session),
      ...handCommands({ session, projects }),
    }
    const readInk = createInkIntake(clock, undefined)
    return {
      run: (name, payload, answer) => {
        const run = commands[name] as Run<typeof name>
        handle(name, run, { log, clock, metrics: undefined, allow: () => true, running })(payload, answer)
      },
      ink: (packet) => {
        for (const part of readInk(packet)) session.roomOrNull?.ink.take(userId, part)
      },
      end: () => {
        this.hearers.delete(hearer)
        session.end()
      },
    }
  }

  /** A room with its shared canvas, its class and its people, put into the store before anybody comes. */
  async furnish(
    creator: User,
    name: string,
  ): Promise<{ project: Pick<ProjectRecord, 'id'>; classId: string }> {
    const { project } = await this.projects.create(creator, {
      name,
      template: 'empty',
      classes: ['cat'],
    })
    const [first] = await this.store.listClasses(project.id)
    return { project, classId: first?.id ?? '' }
  }

  /** Stops as on SIGTERM: saves everything, then lets go. */
  async stop(): Promise<void> {
    for (const { tell } of this.hearers) tell('room:closing', { retry: true, spreadMs: 500 })
    this.sync.freeze()
    await this.running.stop()
    await this.rooms.saveDrawn(10_000)
    await this.rooms.end(10_000)
    this.alive = false
    await Promise.all([this.sync.close(), this.store.close()])
  }

  /** Dies as of kill -9. */
  crash(): void {
    this.alive = false
    this.crashed = true
    this.hearers.clear()
    this.disk.crash()
  }

  private outlet(): RoomOutlet {
    const here = (projectId: string): Hearer[] =>
      [...this.hearers].filter(({ room }) => room?.projectId === projectId)
    return {
      ink: () => undefined,
      toRoom: (projectId, event, payload) => {
        for (const { room, tell } of here(projectId)) if (room?.role) tell(event, payload)
      },
      toRoles: (projectId, group, event, payload) => {
        for (const { room, tell } of here(projectId))
          if (room?.role && (room.role === 'owner') === (group === 'owner')) tell(event, payload)
      },
      toUsers: (projectId, userIds, event, payload) => {
        for (const { userId, tell } of here(projectId)) if (userIds.includes(userId)) tell(event, payload)
      },
    }
  }
}
