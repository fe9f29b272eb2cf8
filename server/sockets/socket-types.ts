import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { ClientToServerEvents, ServerToClientEvents } from '../../shared/protocol/events.ts'

/** What the server knows of a connected socket. */
export interface SocketData {
  /** Null: no session, the scratch pad alone. */
  userId: string | null
}

/** Servers of several processes would speak to each other by these; there are none. */
type NoEvents = DefaultEventsMap
export type RoomServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>
export type RoomSocket = Socket<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>
