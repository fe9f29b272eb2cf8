import type { Commands } from './handle.ts'
import type { Session } from './session.ts'

type Mine = Pick<
  Commands,
  | 'drawing:label'
  | 'drawing:keep'
  | 'drawing:withdraw'
  | 'drawing:opine'
  | 'drawing:to-sort'
  | 'class:add'
  | 'class:rename'
  | 'class:remove'
  | 'training:pause'
  | 'training:resume'
  | 'training:configure'
  | 'checkpoint:save'
>

/** Drawings and their labels, classes, training and checkpoints. */
export function modelCommands(session: Session): Mine {
  return {
    'drawing:label': (payload) => {
      const { room, userId } = session
      return room.labels.label(userId, payload)
    },
    'drawing:keep': (payload) => {
      const { room, userId } = session
      return room.labels.label(userId, { ...payload, classId: null })
    },
    'drawing:withdraw': ({ drawingId }) => {
      const { room, userId } = session
      return room.labels.withdraw(userId, drawingId)
    },
    'drawing:opine': (payload) => {
      const { room, userId } = session
      return room.labels.opine(userId, payload)
    },
    'drawing:to-sort': async ({ after, limit }) => {
      const { room, userId } = session
      room.access.require(userId, 'drawing:to-sort')
      return { items: await room.labels.toSort(after ?? 0, limit) }
    },
    'class:add': ({ name }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:add')
      return room.classes.add(name)
    },
    'class:rename': ({ classId, name }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:rename')
      return room.classes.rename(classId, name)
    },
    'class:remove': async ({ classId }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:remove')
      await room.classes.remove(classId)
      return {}
    },
    'training:pause': () => {
      const { room, userId } = session
      room.access.require(userId, 'training:pause')
      return room.model.pause(true)
    },
    'training:resume': () => {
      const { room, userId } = session
      room.access.require(userId, 'training:resume')
      return room.model.pause(false)
    },
    'training:configure': (settings) => {
      const { room, userId } = session
      room.access.require(userId, 'training:configure')
      return room.model.configure(settings)
    },
    'checkpoint:save': () => {
      const { room, userId } = session
      room.access.require(userId, 'checkpoint:save')
      return room.model.checkpoint('request')
    },
  }
}
