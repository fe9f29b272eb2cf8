import { defineStore } from 'pinia'
import { computed, markRaw, shallowRef, watch } from 'vue'
import type { CanvasInfo } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { CommandResults } from '../../shared/protocol/events.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import { alignProbabilities } from './align.ts'
import {
  hasPen,
  mayDraw,
  mayLabel,
  mayManage,
  mayManagePeople,
  maySort,
  mayTakePart,
  restOf,
} from './rights.ts'
import { deviceKeeper } from './outbox-keeper.ts'
import { createOutbox, type KeyedCommand, type LostCommand, type Outbox } from './outbox.ts'
import { watchIdle } from './idle.ts'
import { createRoomEntry } from './room-entry.ts'
import { followRoom } from './room-events.ts'
import { createRoomState } from './room-state.ts'
import type { RoomSocket } from './socket.ts'
import { createTileInk } from './tile-ink.ts'
import { createWatchedTiles, type WatchedTiles } from './watched-tiles.ts'

const EXPIRE_MS = 500

/** The room the page is in: fed by its socket, the same for all features of the page. */
export const useRoomStore = defineStore('room', () => {
  const room = createRoomState()
  const tiles = markRaw(createTileInk())
  const socket = shallowRef<RoomSocket | null>(null)
  const outbox = shallowRef<Outbox | null>(null)
  /** The canvas on the pad. */
  const openCanvasId = shallowRef<string | null>(null)
  /** Which tiles show; null outside of a room. */
  const watchedTiles = shallowRef<WatchedTiles | null>(null)
  let leave: (() => void) | null = null

  const online = computed(() => socket.value?.status.value === 'online')
  /** Labels that the server has not acknowledged yet. */
  const waiting = computed(() => outbox.value?.states.value.size ?? 0)
  /** How many of them would be lost with this page. */
  const unkept = computed(() => outbox.value?.unkept.value ?? 0)
  /** How many of them the server could not save when it was asked last. */
  const refused = computed(() => outbox.value?.refused.value ?? 0)
  /** The label of an earlier page load that was refused last. */
  const lost = shallowRef<LostCommand | null>(null)
  const asker = computed(() =>
    room.me.value && room.project.value
      ? { userId: room.me.value.id, role: room.role.value, settings: room.project.value.settings }
      : null,
  )
  /** Whether the page shows the room, rather than why it does not. */
  const inside = computed(
    () => room.project.value !== null && ['joining', 'live', 'closing'].includes(room.phase.value.state),
  )
  const openCanvas = computed(() =>
    openCanvasId.value === null ? null : (room.canvases.get(openCanvasId.value) ?? null),
  )
  const canManage = computed(() => asker.value !== null && mayManage(asker.value))
  const canManagePeople = computed(() => asker.value !== null && mayManagePeople(asker.value))
  const canDraw = computed(
    () =>
      asker.value !== null &&
      openCanvas.value !== null &&
      mayDraw(asker.value, openCanvas.value, room.hand.value),
  )
  /** Why my pen rests on a page that is mine to draw on: all rest, or those of this page; null while it does not. */
  const rest = computed(() => {
    if (!asker.value || !openCanvas.value || asker.value.role === 'owner') return null
    return hasPen(asker.value, openCanvas.value) ? restOf(room.hand.value, openCanvas.value.id) : null
  })
  /** Whether the ink on the open page is mine in part, or there is none; told by the pad. */
  const drewHere = shallowRef(true)
  const canLabel = computed(
    () =>
      asker.value !== null &&
      openCanvas.value !== null &&
      mayLabel(asker.value, openCanvas.value, drewHere.value, room.hand.value),
  )
  const canTakePart = computed(() => asker.value !== null && mayTakePart(asker.value))
  const canSort = computed(() => asker.value !== null && maySort(asker.value, room.hand.value))
  const labelsLocked = computed(() => room.hand.value.labelsLocked && room.role.value === 'editor')

  /**
   * @throws AppError as `RoomSocket.command` does; `unavailable` outside of a room.
   */
  async function command<C extends CommandName>(
    name: C,
    payload: CommandInput<C>,
  ): Promise<CommandResults[C]> {
    if (!socket.value) throw new AppError('unavailable', 'You are not in a room')
    return socket.value.command(name, payload)
  }

  /**
   * Sends a command that counts once until it is acknowledged, through any number of lost connections.
   * @throws AppError as `Outbox.send` does; `unavailable` outside of a room.
   */
  async function deliver<C extends KeyedCommand>(
    name: C,
    payload: CommandInput<C>,
  ): Promise<CommandResults[C]> {
    if (!outbox.value) throw new AppError('unavailable', 'You are not in a room')
    return outbox.value.send(name, payload)
  }

  async function loadTiles(canvasIds: readonly string[]): Promise<void> {
    if (canvasIds.length === 0) return
    try {
      const { snapshots, rest } = await command('canvas:snapshot', { canvasIds: [...canvasIds] })
      for (const snapshot of snapshots) {
        tiles.setSnapshot(snapshot)
        room.turnGuess(snapshot.canvasId, snapshot.pageId)
      }
      await loadTiles(rest)
    } catch (error) {
      // Tiles fill from the changes; a lost connection asks again when it is back.
      if (!(error instanceof AppError)) throw error
    }
  }

  /**
   * Joins the room of a project and follows it until `exit`. A socket is used by one room at a time. What `userId` gives
   * and nobody answers is kept on this device; without one it ends with the page.
   */
  function enter(projectId: string, through: RoomSocket, userId?: string): void {
    exit()
    socket.value = through
    outbox.value = createOutbox(through, {
      ...(userId === undefined ? {} : { keeper: deviceKeeper(userId, projectId) }),
      onLost: (command) => (lost.value = command),
    })
    const watching = createWatchedTiles({
      tell: (canvasIds) => tell('tiles:watch', { canvasIds: [...canvasIds] }),
      load: loadTiles,
    })
    watchedTiles.value = watching
    const idle = watchIdle({ onChange: (idle) => void tell('person:idle', { idle }) })
    const stopFollowing = followRoom({
      socket: through,
      room,
      tiles,
      onAdmitted: () => {
        rejoin()
      },
    })

    const entry = createRoomEntry({
      socket: through,
      projectId,
      phase: room.phase,
      onState: (state) => {
        room.load(state)
        outbox.value?.restore()
        if (openCanvas.value === null) openCanvasId.value = firstCanvas()
        else void tell('canvas:open', { canvasId: openCanvasId.value })
        watching.begin()
        if (idle.idle) void tell('person:idle', { idle: true })
      },
    })
    /** The open page is followed as a tile is: whether its guess is late shows by what changed there. */
    let unwatch: (() => void) | null = null
    const stopOpening = watch(openCanvasId, (canvasId) => {
      void tell('canvas:open', { canvasId })
      unwatch?.()
      unwatch = canvasId === null ? null : watching.show(canvasId)
    })
    const expiry = setInterval(() => {
      tiles.expire()
    }, EXPIRE_MS)

    const stopForgetting = watch(room.phase, (phase) => {
      const unknown = phase.state === 'refused' && phase.error.code === 'unknown-project'
      if (userId !== undefined && (unknown || phase.state === 'deleted')) void forget(userId, projectId)
    })

    leave = () => {
      stopForgetting()
      entry.stop()
      clearInterval(expiry)
      outbox.value?.close()
      outbox.value = null
      stopOpening()
      watching.stop()
      watchedTiles.value = null
      idle.stop()
      stopFollowing()
      tiles.clear()
    }
    rejoin = () => {
      room.phase.value = { state: 'joining' }
      void entry.join()
    }
    void entry.join()
  }

  let rejoin: () => void = () => undefined

  /** Says what this page shows and whether anybody is at it; false where it was not heard: it is said again at the next join. */
  async function tell<C extends 'canvas:open' | 'tiles:watch' | 'person:idle'>(
    name: C,
    payload: CommandInput<C>,
  ): Promise<boolean> {
    try {
      await command(name, payload)
      return true
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return false
    }
  }

  /** The room is no more: nor is what this device keeps of it. */
  async function forget(userId: string, projectId: string): Promise<void> {
    outbox.value?.close()
    const { forgetRoom } = await import('./forget-room.ts')
    await forgetRoom(userId, projectId)
  }

  function firstCanvas(): string | null {
    return room.ownCanvasId.value ?? room.canvases.keys().next().value ?? null
  }

  /** Leaves the room; the socket stays its owner's to close. */
  function exit(): void {
    leave?.()
    leave = null
    socket.value = null
    openCanvasId.value = null
    room.reset()
  }

  /** Opens a canvas on the pad; an unknown one changes nothing. */
  function open(canvasId: string): void {
    if (room.canvases.has(canvasId)) openCanvasId.value = canvasId
  }

  async function createPage(name: string): Promise<CanvasInfo> {
    const canvas = await command('canvas:create', { name })
    room.canvases.set(canvas.id, canvas)
    openCanvasId.value = canvas.id
    return canvas
  }

  /**
   * The newest guess of a canvas, in the order of `classes`; null without one, for a blank page, or (with
   * `pageId`) when it is a guess of another page.
   */
  function guessOf(canvasId: string, pageId?: string): readonly number[] | null {
    const shown = room.guesses.get(canvasId)?.shown
    if (!shown || shown.probabilities.length === 0) return null
    if (pageId !== undefined && pageId !== '' && shown.pageId !== pageId) return null
    const classIds = room.classIdsOf.get(shown.modelVersion) ?? room.model.value?.classIds
    return classIds ? alignProbabilities(classIds, shown.probabilities, room.classes.value) : null
  }

  /** Whether I may draw on some canvas at the moment; of one that is not known the server has the word. */
  function mayDrawOn(canvasId: string): boolean {
    const canvas = room.canvases.get(canvasId)
    return asker.value !== null && (canvas === undefined || mayDraw(asker.value, canvas, room.hand.value))
  }

  function countOf(classId: string): number {
    return room.counts.value.byClass[classId] ?? 0
  }

  return {
    ...room,
    tiles,
    watchedTiles,
    socket,
    online,
    openCanvasId,
    openCanvas,
    inside,
    canManage,
    canManagePeople,
    canDraw,
    canLabel,
    canTakePart,
    canSort,
    labelsLocked,
    rest,
    drewHere,
    waiting,
    unkept,
    refused,
    lost,
    command,
    deliver,
    enter,
    exit,
    rejoin: () => {
      rejoin()
    },
    open,
    createPage,
    guessOf,
    mayDrawOn,
    countOf,
  }
})

export type RoomStore = ReturnType<typeof useRoomStore>
