import { commandSchemas, type CommandName } from '../../shared/protocol/payloads.ts'
import type { Identity } from '../identity/tokens.ts'
import type { Learning } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics, RoomPeople, RoomProjects } from '../rooms/ports.ts'
import type { Rooms } from '../rooms/registry.ts'
import type { Room } from '../rooms/room.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'
import { admit } from './admission.ts'
import { handle, type Commands, type Run } from './handle.ts'
import { Hearer, type NewestState } from './hearer.ts'
import { createInkIntake } from './ink-intake.ts'
import { handCommands } from './hand-commands.ts'
import { checkpointCommands } from './checkpoint-commands.ts'
import { modelCommands } from './model-commands.ts'
import { createOutlet, type Outlet } from './outlet.ts'
import { Reader } from './reader.ts'
import { recordCommands } from './record-commands.ts'
import { roomCommands } from './room-commands.ts'
import { CommandsOfConnection, RunningCommands } from './running-commands.ts'
import { Scratch } from './scratch.ts'
import { Session } from './session.ts'
import type { RoomServer, RoomSocket } from './socket-types.ts'

/** Commands a second of one connection, and at once; how many of them may wait for their answers. */
const COMMANDS = { rate: 20, burst: 60, underway: 200 }
/** Within what time connections are asked to come back, for each of them and for all, in ms. */
const SPREAD_MS = 15
const MAX_SPREAD_MS = 3_000

type Listener = (payload: unknown, ack: unknown) => void

export interface SocketsOptions {
  readonly rooms: Rooms
  readonly identity: Pick<Identity, 'verify'>
  readonly projects: Pick<RoomProjects, 'roleOf' | 'setRole' | 'remove' | 'reviveCodes'>
  readonly people: Pick<RoomPeople, 'get' | 'rename'>
  readonly learning: Learning
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics?: RoomMetrics | undefined
  readonly maxConnections?: number | undefined
}

export interface SocketLayer {
  /**
   * Tells everybody that the server stops and will be back, refuses further commands and resolves when those that run
   * are done. Everybody hears of their room until `close`.
   */
  quiesce(): Promise<void>
  /** Disconnects everybody, after what was sent to them. */
  close(): void
}

/** Serves rooms and the scratch pad over Socket.IO. A token in `auth` names the person; without one there is the pad. */
export function registerSockets(io: RoomServer, options: SocketsOptions): SocketLayer {
  const { rooms, identity, log, metrics, maxConnections } = options
  const running = new RunningCommands()
  admit(io, { identity, log, metrics, stopping: () => running.stopping, maxConnections })
  const outlet = createOutlet()
  io.on('connection', (socket) => serve(socket, outlet, running, options))
  const disconnect = rooms.connect(outlet)
  return {
    quiesce() {
      const spreadMs = Math.min(MAX_SPREAD_MS, SPREAD_MS * io.of('/').sockets.size)
      io.emit('room:closing', { retry: true, spreadMs })
      return running.stop()
    },
    close() {
      disconnect()
      io.disconnectSockets(true)
    },
  }
}

function serve(socket: RoomSocket, outlet: Outlet, running: RunningCommands, options: SocketsOptions): void {
  const { rooms, projects, people, learning, log, clock, metrics } = options
  let hearer: Hearer | null = null
  const reader = new Reader(socket.conn, {
    tooSlow() {
      metrics?.count('slow_readers')
      metrics?.refused('slow-reader')
      socket.disconnect(true)
    },
    leftOut: () => metrics?.count('left_out'),
    drained: () => hearer?.catchUp(),
  })
  const session: Session = new Session({
    socketId: socket.id,
    userId: socket.data.userId,
    rooms,
    projects,
    people,
    listen(projectId, userId, role) {
      if (hearer) outlet.remove(projectId, hearer)
      hearer = new Hearer(userId, role, reader, () => newestState(session.roomOrNull))
      outlet.add(projectId, hearer)
    },
    unlisten(projectId) {
      if (hearer) outlet.remove(projectId, hearer)
      hearer = null
    },
    opened: (canvasId) => hearer?.open(canvasId),
    watched: (canvasIds) => hearer?.watch(canvasIds),
  })
  const scratch = new Scratch({
    key: `scratch/${socket.id}`,
    learning,
    clock,
    metrics,
    send: (made) => socket.emit('prediction', made),
  })
  const bucket = new TokenBucket(clock, COMMANDS.rate, COMMANDS.burst)
  const commands: Commands = {
    ...roomCommands({ session, scratch, projects, people }),
    ...modelCommands(session),
    ...recordCommands(session),
    ...checkpointCommands(session),
    ...handCommands({ session, projects }),
  }
  const own = new CommandsOfConnection(running, COMMANDS.underway)
  const ways = { log, clock, metrics, allow: () => !own.full && bucket.take(), running: own }
  const listen = socket.on.bind(socket) as (event: string, listener: Listener) => void
  for (const command of Object.keys(commandSchemas) as CommandName[]) {
    listen(command, handle(command, commands[command] as Run<typeof command>, ways))
  }
  const readInk = createInkIntake(clock, metrics)
  socket.on('ink', (packet: unknown) => {
    if (running.stopping) return
    const parts = readInk(packet)
    const room = session.roomOrNull
    if (room) for (const part of parts) room.ink.take(session.userId, part)
    scratch.ink(parts)
  })
  socket.conn.on('close', (_reason: string, cause: unknown) => {
    if (isTooLong(cause)) metrics?.refused('message-bytes')
  })
  socket.on('disconnect', () => {
    session.end()
    scratch.close()
  })
}

function newestState(room: Room | null): NewestState | null {
  return (
    room && {
      inProgress: () => room.ink.inProgress(),
      predictions: () => room.predictions.list(),
      status: () => room.model.status,
    }
  )
}

/** Whether a connection ended because of a message above MAX_SOCKET_BYTES: the WebSocket library has no code for it here. */
function isTooLong(cause: unknown): boolean {
  return cause instanceof Error && cause.message.includes('Max payload size exceeded')
}
