import { decodeRoomInk, InkError } from '../../shared/protocol/ink.ts'
import { inkRemoved, pageTurned } from './prediction-order.ts'
import type { RoomModel } from './room-state.ts'
import type { RoomSocket } from './socket.ts'
import type { TileInk } from './tile-ink.ts'

interface FollowOptions {
  readonly socket: RoomSocket
  readonly room: RoomModel
  readonly tiles: TileInk
  /** Somebody let this page in from the lobby. */
  readonly onAdmitted: () => void
}

/** Lets the room's state follow what the server says. Answers the function that stops it. */
export function followRoom({ socket, room, tiles, onAdmitted }: FollowOptions): () => void {
  const stops = [
    // Not `ink`, whose tails count all points: of the open canvas both come.
    socket.on('ink:tiles', (batch) => {
      try {
        tiles.ink(decodeRoomInk(batch))
      } catch (error) {
        // Volatile: the next batch stands alone.
        if (!(error instanceof InkError)) throw error
      }
    }),
    socket.on('prediction', ({ items }) => {
      for (const guess of items) {
        room.addGuess(guess)
        if (guess.points > 0 && room.fresh.get(guess.canvasId)) room.fresh.delete(guess.canvasId)
      }
    }),
    socket.on('canvas:changed', (change) => {
      tiles.change(change)
      const before = room.trackOf(change.canvasId)
      const turned = change.turned ? pageTurned(before, change.pageId) : before
      const after = change.removed.length > 0 ? inkRemoved(turned) : turned
      if (after !== before) room.guesses.set(change.canvasId, after)
    }),
    socket.on('canvases:changed', ({ canvases }) => {
      for (const canvas of canvases) room.canvases.set(canvas.id, canvas)
    }),
    socket.on('people:changed', ({ people, left }) => {
      room.setPeople(people)
      for (const userId of left) room.dropPerson(userId)
      const me = people.find(({ id }) => id === room.me.value?.id)
      if (!me || !room.me.value) return
      room.me.value = { ...me, name: me.name === '' ? room.me.value.name : me.name }
      room.role.value = me.role
    }),
    socket.on('hand:changed', (hand) => {
      room.setHand(hand)
    }),
    socket.on('activity:added', (entry) => {
      room.addActivity(entry)
    }),
    socket.on('lobby:changed', ({ waiting }) => {
      room.setLobby(waiting)
    }),
    socket.on('lobby:answered', ({ admitted }) => {
      const { state } = room.phase.value
      // The word may come before the answer that there is a wait.
      if (admitted && (state === 'waiting' || state === 'joining')) onAdmitted()
      else if (state === 'waiting') room.phase.value = { state: 'turned-away' }
    }),
    socket.on('drawings:deleted', ({ drawingIds, counts, samples }) => {
      room.counts.value = counts
      room.dropDrawings(drawingIds)
      for (const { sample } of samples) if (sample) room.addSample(sample)
    }),
    socket.on('project:deleted', () => (room.phase.value = { state: 'deleted' })),
    socket.on('room:ended', () => (room.phase.value = { state: 'ended' })),
    socket.on('project:changed', (project) => (room.project.value = project)),
    socket.on('classes:changed', ({ classes }) => {
      room.setClasses(classes)
    }),
    socket.on('drawing:labelled', ({ drawing, counts, sample }) => {
      room.counts.value = counts
      room.addDrawing(drawing)
      if (!sample) return
      const sheet = room.addSample(sample)
      if (drawing.classId !== null) room.fresh.set(drawing.canvasId, { ...sheet, classId: drawing.classId })
    }),
    socket.on('drawing:withdrawn', ({ drawing, counts }) => {
      room.counts.value = counts
      room.dropSample(drawing.id)
      if (room.fresh.get(drawing.canvasId)?.drawingId === drawing.id) room.fresh.delete(drawing.canvasId)
    }),
    socket.on('training:progress', (status) => (room.training.value = status)),
    socket.on('model:published', ({ model, accuracy }) => {
      room.setModel(model)
      room.addAccuracy(accuracy)
    }),
    socket.on('room:closing', ({ retry }) => (room.phase.value = { state: 'closing', retry })),
    socket.on('you:role', ({ role }) => {
      if (role) room.role.value = role
      else room.phase.value = { state: 'removed' }
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
