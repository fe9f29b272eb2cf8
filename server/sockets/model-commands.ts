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
  | 'training:now'
  | 'training:job-start'
  | 'training:job-stop'
  | 'training:job-decide'
>

/** Drawings and their labels, classes and training. */
export function modelCommands(session: Session): Mine {
  return {
    'drawing:label': (payload) => {
      const { room, userId } = session
      return room.drawings.labels.label(userId, payload)
    },
    'drawing:keep': (payload) => {
      const { room, userId } = session
      return room.drawings.labels.label(userId, { ...payload, classId: null })
    },
    'drawing:withdraw': ({ drawingId }) => {
      const { room, userId } = session
      return room.drawings.labels.withdraw(userId, drawingId)
    },
    'drawing:opine': (payload) => {
      const { room, userId } = session
      return room.drawings.labels.opine(userId, payload)
    },
    'drawing:to-sort': async ({ after, limit }) => {
      const { room, userId } = session
      room.access.require(userId, 'drawing:to-sort')
      return { items: await room.drawings.labels.toSort(after ?? 0, limit) }
    },
    'class:add': async ({ name }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:add')
      const added = await room.classes.add(name)
      room.activity.add({ kind: 'class-added', byUserId: userId, what: added.name })
      return added
    },
    'class:rename': async ({ classId, name }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:rename')
      const renamed = await room.classes.rename(classId, name)
      room.activity.add({ kind: 'class-renamed', byUserId: userId, what: renamed.name })
      return renamed
    },
    'class:remove': async ({ classId }) => {
      const { room, userId } = session
      room.access.require(userId, 'class:remove')
      const { name } = room.classes.require(classId)
      await room.classes.remove(classId)
      room.activity.add({ kind: 'class-removed', byUserId: userId, what: name })
      return {}
    },
    'training:pause': async () => {
      const { room, userId } = session
      room.access.require(userId, 'training:pause')
      const status = await room.model.pause(true)
      room.activity.add({ kind: 'training-paused', byUserId: userId })
      return status
    },
    'training:resume': async () => {
      const { room, userId } = session
      room.access.require(userId, 'training:resume')
      const status = await room.model.pause(false)
      room.activity.add({ kind: 'training-resumed', byUserId: userId })
      return status
    },
    'training:configure': (settings) => {
      const { room, userId } = session
      room.access.require(userId, 'training:configure')
      return room.model.configure(settings)
    },
    'training:now': () => {
      const { room, userId } = session
      room.access.require(userId, 'training:now')
      return room.model.now()
    },
    'training:job-start': async (wish) => {
      const { room, userId } = session
      room.access.require(userId, 'training:job-start')
      const status = await room.model.startJob(wish)
      room.activity.add({ kind: 'job-started', byUserId: userId })
      return status
    },
    'training:job-stop': async () => {
      const { room, userId } = session
      room.access.require(userId, 'training:job-stop')
      const status = await room.model.stopJob()
      room.activity.add({ kind: 'job-stopped', byUserId: userId })
      return status
    },
    'training:job-decide': async ({ promote }) => {
      const { room, userId } = session
      room.access.require(userId, 'training:job-decide')
      const status = await room.model.decideJob(promote)
      room.activity.add({ kind: promote ? 'job-promoted' : 'job-discarded', byUserId: userId })
      return status
    },
  }
}
