import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { CanvasInfo } from '../../shared/protocol/entities.ts'
import { AppError, closeCodes, passingReasons } from '../../shared/protocol/errors.ts'
import type { Identity } from '../identity/tokens.ts'
import type { Clock } from '../ops/clock.ts'
import { inSlices } from '../ops/slices.ts'
import type { LimitName, RoomLog, RoomMetrics, RoomProjects } from '../rooms/ports.ts'
import type { RoomHold, Rooms } from '../rooms/registry.ts'
import {
  answerProtocol,
  canvasAddress,
  clientsOf,
  tokenOf,
  type CanvasAddress,
  type SyncRequest,
} from './address.ts'
import type { CanvasDocument } from './canvas-document.ts'
import { MAX_FIRST_MESSAGE, SyncConnection, type OpenCanvas, type SyncSocket } from './connection.ts'

/** Below the 30 s after which the y-websocket client gives a silent server up. */
const HEARTBEAT_MS = 15_000
/** Canvas sockets of one person and of the whole server. */
const MAX_PER_PERSON = 40
const MAX_CONNECTIONS = 4_000

export interface SyncServerOptions {
  readonly rooms: Rooms
  readonly identity: Pick<Identity, 'verify'>
  readonly projects: Pick<RoomProjects, 'roleOf'>
  readonly allowedOrigin: (request: IncomingMessage) => boolean
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics?: RoomMetrics | undefined
  readonly maxConnections?: number | undefined
}

export interface SyncServer {
  /** Takes over an upgrade whose path begins with /sync/; other paths are destroyed. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Serves a socket that was opened with this request, for this canvas. */
  accept(socket: SyncSocket, request: SyncRequest, address: CanvasAddress): void
  readonly connections: number
  /**
   * Takes in no more: who connects, or brings an update, is let go with the code of a restart and brings it again
   * afterwards. The others stay until `close`.
   */
  freeze(): void
  /** Ends all connections with this code and resolves when they are gone. */
  close(code?: number, reason?: string): Promise<void>
}

/** Connections that are asked for a sign of life before others have their turn. */
const BEATS = 50

/** A connection that must be closed with a code, since browsers do not see why an upgrade failed. */
class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly code: number,
    reason: string,
    /** What the refusal counts as; null where no limit is at work. */
    readonly limit: LimitName | null = null,
  ) {
    super(reason)
  }
}

/** Canvases over the y-websocket protocol, for the published client as it is. */
export function createSyncServer(options: SyncServerOptions): SyncServer {
  const { rooms, identity, projects, allowedOrigin, log, clock, metrics } = options
  const { maxConnections = MAX_CONNECTIONS } = options
  const connections = new Set<SyncConnection>()
  const perPerson = new Map<string, number>()
  let frozen = false
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FIRST_MESSAGE,
    handleProtocols: answerProtocol,
    perMessageDeflate: false,
  })
  const beat = function* (): Generator<void, void> {
    let count = 0
    for (const connection of [...connections]) {
      if (!connection.closed) connection.heartbeat()
      if (++count % BEATS === 0) yield
    }
  }
  const heart = setInterval(() => void inSlices(beat()), HEARTBEAT_MS)
  heart.unref()

  const accept = (socket: SyncSocket, request: SyncRequest, address: CanvasAddress): void => {
    const connection = new SyncConnection({ socket, log, clock, metrics, takesUpdates: () => !frozen })
    if (frozen) {
      connection.close(closeCodes.restarting, 'the server is stopping')
      return
    }
    if (connections.size >= maxConnections) {
      connection.cutOff('sync-connections', 'no place at the moment')
      return
    }
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
    admit(request, address).then(
      (canvas) => connection.open(canvas(connection)),
      (error: unknown) => {
        if (error instanceof Refusal && error.limit !== null) metrics?.refused(error.limit)
        connection.close(...refusalOf(error, log))
      },
    )
  }

  /** Answers how to open the canvas for a connection, or rejects with the reason to close it. */
  const admit = async (
    request: SyncRequest,
    { projectId, canvasId, generation }: CanvasAddress,
  ): Promise<(connection: SyncConnection) => OpenCanvas> => {
    const token = tokenOf(request)
    const who = token === null ? null : await identity.verify(token)
    if (!who) throw new Refusal(closeCodes.unauthenticated, 'a session is needed')
    const { userId } = who
    const hold = await rooms.open(projectId)
    try {
      const role = await projects.roleOf(projectId, userId)
      if (role === null) throw new Refusal(closeCodes.revoked, 'you are no member of this project')
      const { room } = hold
      room.access.set(userId, role)
      room.door.admit(userId, role)
      const canvas = room.canvases.find(canvasId)
      if (!canvas || (generation !== null && generation !== canvas.generation)) {
        throw new Refusal(closeCodes.deleted, 'there is no such canvas')
      }
      if ((perPerson.get(userId) ?? 0) >= MAX_PER_PERSON) {
        throw new Refusal(closeCodes.overloaded, 'too many canvases open at once', 'canvases-open')
      }
      const leave = enter(perPerson, userId)
      const lease = await room.canvases.use(canvasId).catch((error: unknown) => {
        leave()
        throw error
      })
      const declared = clientsOf(request)
      return (connection) => {
        const mayDraw = room.access.mayDraw(userId, room.canvases.find(canvasId) ?? canvas)
        const watch = watchRights(hold, connection, lease.document, { userId, canvas, mayDraw })
        return {
          document: lease.document,
          fanOut: lease.canvas.fanOut,
          userId,
          mayDraw,
          mayInk: () => room.hand.mayInk(userId, canvasId, clock.now()),
          declared,
          release: () => {
            watch()
            lease.release()
            hold.release()
            leave()
          },
        }
      }
    } catch (error) {
      hold.release()
      throw error
    }
  }

  return {
    handleUpgrade(request, socket, head) {
      const address = canvasAddress(request.url)
      if (!address || !allowedOrigin(request)) {
        socket.destroy()
        return
      }
      sockets.handleUpgrade(request, socket, head, (accepted) => accept(accepted, request, address))
    },
    accept,
    get connections() {
      return connections.size
    },
    freeze() {
      frozen = true
    },
    async close(code = closeCodes.restarting, reason = 'the server is stopping') {
      frozen = true
      clearInterval(heart)
      const clients = [...sockets.clients]
      const gone = clients.map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      )
      for (const connection of connections) connection.close(code, reason)
      const late = setTimeout(() => {
        for (const socket of clients) socket.terminate()
      }, 1_000)
      await Promise.all(gone)
      clearTimeout(late)
      sockets.close()
    },
  }
}

/** Closes the connection when what its person may do on the canvas is no longer what it was opened with. */
function watchRights(
  { room }: RoomHold,
  connection: SyncConnection,
  document: CanvasDocument,
  opened: { userId: string; canvas: CanvasInfo; mayDraw: boolean },
): () => void {
  const { userId, canvas: before, mayDraw } = opened
  const check = (changed: string | null): void => {
    if (changed !== null && changed !== userId) return
    const canvas = room.canvases.find(before.id)
    if (room.deleted) connection.close(closeCodes.deleted, 'the project was deleted')
    else if (room.access.roleOf(userId) === null) {
      connection.close(closeCodes.revoked, room.hand.ended ? passingReasons.ended : 'your membership ended')
    } else if (canvas?.generation !== before.generation) {
      connection.close(closeCodes.deleted, 'the canvas was deleted')
    } else if (document.doc.isDestroyed) {
      connection.close(closeCodes.overloaded, 'the canvas is read anew')
    } else if (room.access.mayDraw(userId, canvas) !== mayDraw) {
      connection.close(closeCodes.rebuild, 'what you may do here has changed')
    }
  }
  room.rightsListeners.add(check)
  // While the canvas was loaded the membership may have ended.
  check(userId)
  return () => room.rightsListeners.delete(check)
}

/** Counts somebody in; answers how to count them out. */
function enter(counts: Map<string, number>, userId: string): () => void {
  counts.set(userId, (counts.get(userId) ?? 0) + 1)
  return () => {
    const left = (counts.get(userId) ?? 1) - 1
    if (left > 0) counts.set(userId, left)
    else counts.delete(userId)
  }
}

function refusalOf(error: unknown, log: RoomLog): [code: number, reason: string] {
  if (error instanceof Refusal) return [error.code, error.message]
  if (error instanceof AppError) {
    if (error.code === 'unknown-project' || error.code === 'unknown-canvas') {
      return [closeCodes.deleted, error.message]
    }
    if (error.code === 'stopping') return [closeCodes.restarting, error.message]
    if (error.code === 'waiting') return [closeCodes.revoked, passingReasons.waiting]
    if (error.code === 'ended') return [closeCodes.revoked, passingReasons.ended]
    return [closeCodes.overloaded, error.message]
  }
  log.error({ err: error }, 'a canvas socket could not be opened')
  return [closeCodes.overloaded, 'the canvas cannot be opened at the moment']
}
