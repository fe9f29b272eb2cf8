import type { RoomProjects } from '../rooms/ports.ts'
import type { Commands } from './handle.ts'
import type { Session } from './session.ts'

type Mine = Pick<
  Commands,
  | 'hand:freeze'
  | 'hand:lock-labels'
  | 'hand:hide-names'
  | 'hand:lobby'
  | 'hand:spotlight'
  | 'hand:follow'
  | 'hand:end'
  | 'person:admit'
  | 'person:remove'
  | 'drawing:remove'
  | 'drawing:restore'
>

export interface HandCommandsOptions {
  readonly session: Session
  readonly projects: Pick<RoomProjects, 'remove' | 'reviveCodes'>
}

/** What an owner's hand does in a room. */
export function handCommands({ session, projects }: HandCommandsOptions): Mine {
  const allowed = (action: keyof Mine) => {
    const { room, userId } = session
    room.access.require(userId, action)
    return { room, hand: room.hand, userId }
  }
  return {
    'hand:freeze': async ({ canvasId, frozen }) => {
      const { hand, userId } = allowed('hand:freeze')
      return hand.freeze(userId, canvasId, frozen)
    },
    'hand:lock-labels': async ({ locked }) => {
      const { hand, userId } = allowed('hand:lock-labels')
      return hand.lockLabels(userId, locked)
    },
    'hand:hide-names': async ({ hidden }) => {
      const { hand, userId } = allowed('hand:hide-names')
      return hand.hideNames(userId, hidden)
    },
    'hand:lobby': async ({ on }) => {
      const { hand, userId } = allowed('hand:lobby')
      return hand.openLobby(userId, on)
    },
    'hand:spotlight': async ({ canvasId }) => {
      const { hand, userId } = allowed('hand:spotlight')
      return hand.spotlightOn(userId, canvasId)
    },
    'hand:follow': async ({ on }) => {
      const { hand, userId } = allowed('hand:follow')
      return hand.follow(userId, on)
    },
    'hand:end': async ({ ended }) => {
      const { room, hand, userId } = allowed('hand:end')
      // Codes of an ended session lead nowhere; those that ended meanwhile by themselves are made anew.
      if (!ended && hand.ended) await projects.reviveCodes(room.id)
      return hand.end(userId, ended)
    },
    'person:admit': ({ userId: who, admit }) => {
      const { room, userId } = allowed('person:admit')
      room.door.lobby.answer(who, admit)
      room.activity.add({
        kind: admit ? 'person-admitted' : 'person-refused',
        byUserId: userId,
        userId: who,
      })
      return Promise.resolve({})
    },
    'person:remove': async ({ userId: who, changeCodes = false }) => {
      const { room, userId } = allowed('person:remove')
      await projects.remove(room.id, who, changeCodes ? { changeCodes: userId } : {})
      room.activity.add({ kind: 'person-removed', byUserId: userId, userId: who })
      return {}
    },
    'drawing:remove': async ({ canvasId, pageId }) => {
      const { room, userId } = allowed('drawing:remove')
      return { drawing: await room.drawings.removedPages.remove(userId, canvasId, pageId) }
    },
    'drawing:restore': async ({ drawingId }) => {
      const { room, userId } = allowed('drawing:restore')
      return { drawing: await room.drawings.removedPages.restore(userId, drawingId) }
    },
  }
}
