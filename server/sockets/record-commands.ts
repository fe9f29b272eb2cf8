import type { DrawingFilter } from '../storage/records.ts'
import type { CommandPayload } from '../../shared/protocol/payloads.ts'
import type { Room } from '../rooms/room.ts'
import type { Commands } from './handle.ts'
import type { Session } from './session.ts'

type Mine = Pick<
  Commands,
  'drawing:list' | 'drawing:delete' | 'person:delete-drawings' | 'deletions:list' | 'history:list'
>

/** What a project keeps, and deleting it. */
export function recordCommands(session: Session): Mine {
  const allowed = (action: 'drawing:list' | 'deletions:list' | 'history:list'): Room => {
    const { room, userId } = session
    room.access.require(userId, action)
    return room
  }
  return {
    'drawing:list': async (payload) => {
      const { before, limit } = payload
      return allowed('drawing:list').drawings.records.drawings(filterOf(payload), before ?? null, limit)
    },
    'drawing:delete': async ({ drawingId }) => {
      const { room, userId } = session
      const note = await room.drawings.deletion.deleteDrawing(userId, drawingId)
      return { checkpoints: await room.drawings.records.carriers(note) }
    },
    'person:delete-drawings': async ({ userId: whose }) => {
      const { room, userId } = session
      const note = await room.drawings.deletion.deletePerson(userId, whose)
      if (!note) return { drawings: 0, checkpoints: [] }
      return { drawings: note.drawings, checkpoints: await room.drawings.records.carriers(note) }
    },
    'deletions:list': async () => ({
      deletions: await allowed('deletions:list').drawings.records.deletions(),
    }),
    'history:list': async ({ before, limit }) =>
      allowed('history:list').drawings.records.history(before ?? null, limit),
  }
}

function filterOf({ classId, userId, split, withdrawn }: CommandPayload<'drawing:list'>): DrawingFilter {
  return {
    ...(classId === undefined ? {} : { classId }),
    ...(userId === undefined ? {} : { userId }),
    ...(split === undefined ? {} : { split }),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  }
}
