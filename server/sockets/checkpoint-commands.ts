import type { RoomCheckpoints } from '../rooms/room-checkpoints.ts'
import type { Commands } from './handle.ts'
import type { Session } from './session.ts'

type Mine = Pick<
  Commands,
  | 'checkpoint:save'
  | 'checkpoint:list'
  | 'checkpoint:edit'
  | 'checkpoint:compare'
  | 'checkpoint:restore'
  | 'checkpoint:delete'
>

/** Stored states of a room's model. */
export function checkpointCommands(session: Session): Mine {
  const allowed = (action: keyof Mine): RoomCheckpoints => {
    session.room.access.require(session.userId, action)
    return session.room.model.checkpoints
  }
  return {
    'checkpoint:save': () => allowed('checkpoint:save').save('request'),
    'checkpoint:list': async () => {
      const checkpoints = allowed('checkpoint:list')
      await session.room.model.opened
      return { checkpoints: checkpoints.shelf.list(), currentId: checkpoints.currentId }
    },
    'checkpoint:edit': ({ checkpointId, ...change }) => allowed('checkpoint:edit').edit(checkpointId, change),
    'checkpoint:compare': ({ aId, bId }) => allowed('checkpoint:compare').compare(aId, bId),
    'checkpoint:restore': async ({ checkpointId }) => {
      const { room, userId } = session
      const checkpoints = allowed('checkpoint:restore')
      const what = checkpoints.shelf.nameOf(checkpointId)
      const restored = await checkpoints.restore(checkpointId)
      room.activity.add({ kind: 'checkpoint-restored', byUserId: userId, what })
      return restored
    },
    'checkpoint:delete': async ({ checkpointId }) => {
      await allowed('checkpoint:delete').remove(checkpointId)
      return {}
    },
  }
}
