import type { RoomEvent, RoomOutlet, RoomPayload } from '../rooms/ports.ts'
import type { RoomServer } from './socket-types.ts'

/** The channel that all sockets of a room hear. */
export function roomChannel(projectId: string): string {
  return `room/${projectId}`
}

/** The channel of one person's sockets in a room. */
export function personChannel(projectId: string, userId: string): string {
  return `room/${projectId}/${userId}`
}

/** Sends what rooms tell over Socket.IO; each event is encoded once, however many hear it. */
export function createOutlet(io: RoomServer): RoomOutlet {
  const emit = <E extends RoomEvent>(channels: string[], event: E, payload: RoomPayload<E>): void => {
    const channel = event === 'ink' ? io.to(channels).volatile : io.to(channels)
    ;(channel.emit as (event: string, payload: unknown) => boolean).call(channel, event, payload)
  }
  return {
    toRoom: (projectId, event, payload) => emit([roomChannel(projectId)], event, payload),
    toUsers(projectId, userIds, event, payload) {
      if (userIds.length === 0) return
      const channels = userIds.map((userId) => personChannel(projectId, userId))
      emit(channels, event, payload)
      // Whose membership ended hears no more of the room.
      if (isEnd(event, payload))
        for (const channel of channels) io.in(channel).socketsLeave(roomChannel(projectId))
    },
  }
}

function isEnd(event: RoomEvent, payload: object): boolean {
  return event === 'you:role' && 'role' in payload && payload.role === null
}
