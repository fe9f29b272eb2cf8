import type { Role } from '../../shared/protocol/entities.ts'
import type { RoleGroup, RoomEvent, RoomOutlet, RoomPayload } from '../rooms/ports.ts'
import type { RoomServer } from './socket-types.ts'

/** The channel that all sockets of a room hear. */
export function roomChannel(projectId: string): string {
  return `room/${projectId}`
}

/** The channel of one person's sockets in a room. */
export function personChannel(projectId: string, userId: string): string {
  return `room/${projectId}/${userId}`
}

/** The channel of all owners', or of all others', sockets in a room. */
export function roleChannel(projectId: string, group: RoleGroup): string {
  return `room/${projectId}/${group}`
}

export function roleGroup(role: Role): RoleGroup {
  return role === 'owner' ? 'owner' : 'others'
}

/** Sends what rooms tell over Socket.IO; each event is encoded once, however many hear it. */
export function createOutlet(io: RoomServer): RoomOutlet {
  const emit = <E extends RoomEvent>(channels: string[], event: E, payload: RoomPayload<E>): void => {
    const channel = event === 'ink' ? io.to(channels).volatile : io.to(channels)
    ;(channel.emit as (event: string, payload: unknown) => boolean).call(channel, event, payload)
  }
  return {
    toRoom: (projectId, event, payload) => emit([roomChannel(projectId)], event, payload),
    toRoles: (projectId, group, event, payload) => emit([roleChannel(projectId, group)], event, payload),
    toUsers(projectId, userIds, event, payload) {
      if (userIds.length === 0) return
      const channels = userIds.map((userId) => personChannel(projectId, userId))
      emit(channels, event, payload)
      const role = roleTold(event, payload)
      if (role === undefined) return
      for (const channel of channels) {
        io.in(channel).socketsLeave([roleChannel(projectId, 'owner'), roleChannel(projectId, 'others')])
        if (role !== null) io.in(channel).socketsJoin(roleChannel(projectId, roleGroup(role)))
        // Whose membership ended hears no more of the room.
        else io.in(channel).socketsLeave(roomChannel(projectId))
      }
    },
  }
}

/** Undefined where the event tells no role. */
function roleTold(event: RoomEvent, payload: RoomPayload<RoomEvent>): Role | null | undefined {
  return event === 'you:role' && 'role' in payload ? payload.role : undefined
}
