import type { Person } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { snapshotsOf } from '../rooms/pictures.ts'
import type { RoomPeople, RoomProjects } from '../rooms/ports.ts'
import type { Commands } from './handle.ts'
import type { Scratch } from './scratch.ts'
import type { Session } from './session.ts'

type Mine = Pick<
  Commands,
  | 'room:join'
  | 'room:leave'
  | 'canvas:open'
  | 'canvas:create'
  | 'canvas:snapshot'
  | 'canvas:saved?'
  | 'tiles:watch'
  | 'person:idle'
  | 'person:rename'
  | 'person:role'
  | 'scratch:open'
  | 'scratch:set'
>

export interface RoomCommandsOptions {
  readonly session: Session
  readonly scratch: Scratch
  readonly projects: Pick<RoomProjects, 'setRole'>
  readonly people: Pick<RoomPeople, 'rename'>
}

/** Coming and going, canvases, people, and the scratch pad. */
export function roomCommands({ session, scratch, projects, people }: RoomCommandsOptions): Mine {
  return {
    'room:join': ({ projectId, protocol }) => {
      requireVersion(protocol)
      return session.join(projectId)
    },
    'room:leave': async () => {
      await session.leave()
      return {}
    },
    'canvas:open': ({ canvasId }) => {
      const { room, userId } = session
      room.access.require(userId, 'canvas:open')
      if (canvasId !== null) room.canvases.get(canvasId)
      session.openCanvas(canvasId)
      return Promise.resolve({})
    },
    'canvas:create': ({ name }) => {
      const { room, userId } = session
      room.access.require(userId, 'canvas:create')
      return room.createCanvas(name)
    },
    'canvas:snapshot': async ({ canvasIds }) => {
      const { room, userId } = session
      room.access.require(userId, 'canvas:snapshot')
      return snapshotsOf(room.canvases, canvasIds)
    },
    'tiles:watch': ({ canvasIds }) => {
      const { room, userId } = session
      room.access.require(userId, 'tiles:watch')
      session.watch(canvasIds)
      return Promise.resolve({})
    },
    'person:idle': ({ idle }) => {
      const { room, userId } = session
      room.access.require(userId, 'person:idle')
      session.idle(idle)
      return Promise.resolve({})
    },
    'canvas:saved?': async ({ canvasId }) => {
      const { room, userId } = session
      room.access.require(userId, 'canvas:saved?')
      const lease = await room.canvases.use(canvasId)
      try {
        return { stateVector: lease.document.saves.saved }
      } finally {
        lease.release()
      }
    },
    'person:rename': async ({ userId, name }) => {
      const { room, userId: actor } = session
      room.access.require(actor, 'person:rename', { mine: userId === actor })
      requirePerson(session, userId)
      await people.rename(userId, name)
      return requirePerson(session, userId)
    },
    'person:role': async ({ userId, role }) => {
      const { room, userId: actor } = session
      room.access.require(actor, 'person:role')
      requirePerson(session, userId)
      const before = room.access.roleOf(userId)
      await projects.setRole(room.id, userId, role)
      if (before !== role) room.activity.add({ kind: 'role-changed', byUserId: actor, userId, what: role })
      return requirePerson(session, userId)
    },
    'scratch:open': ({ protocol }) => {
      requireVersion(protocol)
      return Promise.resolve(scratch.open())
    },
    'scratch:set': (payload) => Promise.resolve(scratch.set(payload)),
  }
}

function requireVersion(protocol: number): void {
  if (protocol === PROTOCOL_VERSION) return
  throw new AppError(
    'protocol-version',
    `This server speaks version ${String(PROTOCOL_VERSION)} of the protocol, not ${String(protocol)}`,
  )
}

function requirePerson({ room }: Session, userId: string): Person {
  const person = room.people.get(userId)
  if (!person) throw new AppError('unknown-person', `There is no person ${userId} in this room`)
  return person
}
