import type { RoomOutlet } from './ports.ts'

/** One outlet for all that are there when something is sent. */
export function fanOut(outlets: Iterable<RoomOutlet>): RoomOutlet {
  return {
    ink: (projectId, batch) => {
      for (const one of outlets) one.ink(projectId, batch)
    },
    toRoom: (projectId, event, payload) => {
      for (const one of outlets) one.toRoom(projectId, event, payload)
    },
    toRoles: (projectId, group, event, payload) => {
      for (const one of outlets) one.toRoles(projectId, group, event, payload)
    },
    toUsers: (projectId, userIds, event, payload) => {
      for (const one of outlets) one.toUsers(projectId, userIds, event, payload)
    },
  }
}
