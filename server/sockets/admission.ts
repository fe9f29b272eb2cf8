import { AppError } from '../../shared/protocol/errors.ts'
import type { Identity } from '../identity/tokens.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import type { RoomServer, RoomSocket } from './socket-types.ts'

/** Connections of the whole server. */
const MAX_CONNECTIONS = 4_000
/** Connections of one person: tabs and devices, and old ones whose end is not noticed yet. */
const MAX_CONNECTIONS_OF_PERSON = 12

export interface AdmissionOptions {
  readonly identity: Pick<Identity, 'verify'>
  readonly log: RoomLog
  readonly metrics?: RoomMetrics | undefined
  readonly stopping: () => boolean
  readonly maxConnections?: number | undefined
}

/** Decides at the handshake who gets a connection. A token in `auth` names the person; never counted by address. */
export function admit(io: RoomServer, options: AdmissionOptions): void {
  const { identity, log, metrics, stopping, maxConnections = MAX_CONNECTIONS } = options
  let total = 0
  const counted = new WeakSet<RoomSocket['conn']>()
  const ofPerson = new Map<string, number>()

  const person = async (socket: RoomSocket): Promise<string | null> => {
    const token: unknown = socket.handshake.auth['token']
    if (stopping()) throw new AppError('stopping')
    if (token === undefined || token === null) return null
    if (typeof token !== 'string') throw new AppError('unauthenticated')
    const who = await identity.verify(token)
    if (!who) throw new AppError('unauthenticated')
    return who.userId
  }

  /** Counted in the turn in which it is looked at: a herd that comes at once keeps to the limit too. */
  const count = (socket: RoomSocket, userId: string | null): void => {
    // Who connects twice over one connection takes one place.
    if (counted.has(socket.conn)) return
    const own = userId === null ? 0 : (ofPerson.get(userId) ?? 0)
    if (total >= maxConnections) {
      metrics?.refused('connections')
      throw new AppError('full', `At most ${String(maxConnections)} connections at once`)
    }
    if (own >= MAX_CONNECTIONS_OF_PERSON) {
      metrics?.refused('connections-person')
      throw new AppError(
        'full',
        `A person has at most ${String(MAX_CONNECTIONS_OF_PERSON)} connections at once`,
      )
    }
    counted.add(socket.conn)
    total++
    if (userId !== null) ofPerson.set(userId, own + 1)
    socket.conn.once('close', () => {
      total--
      if (userId === null) return
      const left = (ofPerson.get(userId) ?? 1) - 1
      if (left > 0) ofPerson.set(userId, left)
      else ofPerson.delete(userId)
    })
  }

  io.use((socket, next) => {
    person(socket)
      .then((userId) => {
        // One that ended meanwhile never closes again.
        if (socket.conn.readyState !== 'open') throw new AppError('unavailable', 'The connection has ended')
        count(socket, userId)
        socket.data.userId = userId
      })
      .then(
        () => next(),
        (error: unknown) => {
          if (!(error instanceof AppError)) log.error({ err: error }, 'a session could not be checked')
          next(refusal(error instanceof AppError ? error : new AppError('unavailable')))
        },
      )
  })
}

/** An error of the handshake; the client finds the wire error in `data`. */
function refusal(error: AppError): Error & { data: ReturnType<AppError['toWire']> } {
  return Object.assign(new Error(error.message), { data: error.toWire() })
}
