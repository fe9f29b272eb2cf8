import { AppError } from '../../shared/protocol/errors.ts'
import { decodeInk, InkError, type InkMessage } from '../../shared/protocol/ink.ts'
import { commandSchemas, type CommandName } from '../../shared/protocol/payloads.ts'
import type { Identity } from '../identity/tokens.ts'
import type { Learning } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics, RoomPeople, RoomProjects } from '../rooms/ports.ts'
import type { Rooms } from '../rooms/registry.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'
import { handle, type Commands, type Run } from './handle.ts'
import { modelCommands } from './model-commands.ts'
import { createOutlet, personChannel, roleChannel, roleGroup, roomChannel } from './outlet.ts'
import { roomCommands } from './room-commands.ts'
import { RunningCommands } from './running-commands.ts'
import { Scratch } from './scratch.ts'
import { Session } from './session.ts'
import type { RoomServer, RoomSocket } from './socket-types.ts'

/** Commands a second of one connection, and at once. */
const COMMANDS = { rate: 20, burst: 60 }
/** Ink packets a second, and at once: a client sends one a tick. */
const INK = { rate: 45, burst: 90 }
const MAX_INK_BYTES = 32_000
/** Packets waiting for a socket above which its reader is too slow. */
const MAX_WAITING_PACKETS = 4_000

/** Within what time connections are asked to come back, for each of them and for all, in ms. */
const SPREAD_MS = 15
const MAX_SPREAD_MS = 3_000

/** Connections of the whole server. */
const MAX_CONNECTIONS = 4_000

type Listener = (payload: unknown, ack: unknown) => void

export interface SocketsOptions {
  readonly rooms: Rooms
  readonly identity: Pick<Identity, 'verify'>
  readonly projects: Pick<RoomProjects, 'roleOf' | 'setRole' | 'remove'>
  readonly people: Pick<RoomPeople, 'get' | 'rename'>
  readonly learning: Learning
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics?: RoomMetrics | undefined
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
  const { rooms, identity, log } = options
  const running = new RunningCommands()
  io.use((socket, next) => {
    const auth: unknown = socket.handshake.auth['token']
    if (running.stopping) next(refusal(new AppError('stopping')))
    else if (io.of('/').sockets.size >= MAX_CONNECTIONS) next(refusal(new AppError('full')))
    else if (auth === undefined || auth === null) {
      socket.data.userId = null
      next()
    } else if (typeof auth !== 'string') next(refusal(new AppError('unauthenticated')))
    else {
      identity.verify(auth).then(
        (who) => {
          socket.data.userId = who?.userId ?? null
          next(who ? undefined : refusal(new AppError('unauthenticated')))
        },
        (error: unknown) => {
          log.error({ err: error }, 'a session could not be checked')
          next(refusal(new AppError('unavailable')))
        },
      )
    }
  })
  io.on('connection', (socket) => serve(socket, running, options))
  const disconnect = rooms.connect(createOutlet(io))
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

function serve(socket: RoomSocket, running: RunningCommands, options: SocketsOptions): void {
  const { rooms, projects, people, learning, log, clock, metrics } = options
  const session = new Session({
    socketId: socket.id,
    userId: socket.data.userId,
    rooms,
    projects,
    people,
    listen: (projectId, userId, role) =>
      void socket.join([
        roomChannel(projectId),
        personChannel(projectId, userId),
        roleChannel(projectId, roleGroup(role)),
      ]),
    unlisten: (projectId, userId) => {
      void socket.leave(roomChannel(projectId))
      void socket.leave(personChannel(projectId, userId))
      for (const group of ['owner', 'others'] as const) void socket.leave(roleChannel(projectId, group))
    },
  })
  const scratch = new Scratch({
    key: `scratch/${socket.id}`,
    learning,
    clock,
    send: (made) => socket.emit('prediction', made),
  })
  const bucket = new TokenBucket(clock, COMMANDS.rate, COMMANDS.burst)
  const commands: Commands = {
    ...roomCommands({ session, scratch, projects, people }),
    ...modelCommands(session),
  }
  const ways = { log, clock, metrics, allow: () => bucket.take(), running }
  const listen = socket.on.bind(socket) as (event: string, listener: Listener) => void
  for (const command of Object.keys(commandSchemas) as CommandName[]) {
    listen(command, handle(command, commands[command] as Run<typeof command>, ways))
  }
  const inkBucket = new TokenBucket(clock, INK.rate, INK.burst)
  socket.on('ink', (packet: unknown) => {
    const messages = readInk(packet)
    if (!messages || running.stopping || !inkBucket.take()) return
    const room = session.roomOrNull
    if (room) for (const message of messages) room.ink(session.userId, message)
    scratch.ink(messages)
  })
  let waiting = 0
  socket.conn.on('flush', () => (waiting = 0))
  socket.conn.on('packetCreate', () => {
    if (++waiting !== MAX_WAITING_PACKETS) return
    metrics?.count('slow_readers')
    socket.disconnect(true)
  })
  socket.on('disconnect', () => {
    session.end()
    scratch.close()
  })
}

/** Ink has no acknowledgement: what cannot be read is dropped. */
function readInk(packet: unknown): InkMessage[] | null {
  if (!(packet instanceof Uint8Array) || packet.byteLength > MAX_INK_BYTES) return null
  try {
    return decodeInk(packet)
  } catch (error) {
    if (error instanceof InkError) return null
    throw error
  }
}

/** An error of the handshake; the client finds the wire error in `data`. */
function refusal(error: AppError): Error & { data: ReturnType<AppError['toWire']> } {
  return Object.assign(new Error(error.message), { data: error.toWire() })
}
