import { AppError } from '../../shared/protocol/errors.ts'
import type { TrainingStatus } from '../../shared/training/status.ts'
import type { Learning } from '../learning/service.ts'
import { Budget } from '../ops/budget.ts'
import type { Clock } from '../ops/clock.ts'
import { withinTime } from '../ops/deadline.ts'
import type { ProjectRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { fanOut } from './fan-out.ts'
import type { RoomLog, RoomMetrics, RoomOutlet, RoomPeople, RoomProjects } from './ports.ts'
import { readRoom } from './read-room.ts'
import { Room } from './room.ts'
import { saveDrawn, saveModels, unsavedOf, type SaveReport } from './stop-report.ts'

const MAX_ROOMS = 200
/** Canvas documents in memory, of all rooms. */
const MAX_DOCUMENTS = 2_000
/** What canvases, and guesses to be kept, of all rooms hold while the store is away: it must not cost more memory. */
const MAX_UNSAVED_BYTES = 32_000_000
const MAX_GUESS_BYTES = 8_000_000
const KEEP_PREDICTIONS_DAYS = 30
const IDLE_MS = 60_000
/** How long coming in waits for the model; after that it follows as `model:published`. */
const MODEL_WAIT_MS = 1_500
const SAVE_MS = 20_000
const TOUCH_CODES_MS = 10 * 60_000

/** A room in use: it stays open until released. */
export interface RoomHold {
  readonly room: Room
  release(): void
}

/** The rooms that are open on this server. */
export interface Rooms {
  /** Opens a project's room or finds it open. @throws AppError `unknown-project`, `full`, `stopping` */
  open(projectId: string): Promise<RoomHold>
  peopleHere(projectId: string): number
  /** Deletes a project with all that is its and sends everybody out of its room. @throws AppError `stopping` */
  remove(projectId: string): Promise<void>
  /** People in all rooms. */
  peopleCount(): number
  /** Canvas documents in memory, of all rooms. */
  documentCount(): number
  /** Bytes of canvases, of all rooms, that the store has not taken yet. */
  unsavedBytes(): number
  /** How the training of each open room is. */
  trainings(): TrainingStatus[]
  /** The way from the rooms to people's sockets; answers how to take it away again. */
  connect(outlet: RoomOutlet): () => void
  /** Takes no more rooms and saves what was drawn and guessed, within `deadlineMs`. */
  saveDrawn(deadlineMs: number): Promise<SaveReport>
  /** Writes a checkpoint of every model that went on, within `deadlineMs`. */
  saveModels(deadlineMs: number): Promise<SaveReport>
  /** Names what would be lost if the process ended now. */
  unsaved(): string[]
  /** Ends the rooms within about `deadlineMs`; what is not saved by now is lost. */
  end(deadlineMs: number): Promise<void>
}

export interface RoomsOptions {
  readonly store: Store
  readonly learning: Learning
  readonly projects: RoomProjects
  readonly people: RoomPeople
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics?: RoomMetrics | undefined
  /** How long an empty room stays open, in ms. */
  readonly idleMs?: number
  /** Rooms open at once; for another one the one that has been empty longest is closed. */
  readonly maxRooms?: number | undefined
  readonly maxDocuments?: number | undefined
  /** Days for which guesses are kept, 0 for ever; 30 by default. */
  readonly keepPredictionsDays?: number | undefined
  /** Bytes that canvases hold unsaved together. */
  readonly maxUnsavedBytes?: number | undefined
}

interface OpenRoom {
  readonly room: Room
  holds: number
  idle: NodeJS.Timeout | null
  /** Its project was deleted: it is not kept for anybody. */
  gone: boolean
}
type RoomLife =
  | { readonly state: 'opening'; readonly opened: Promise<void> }
  | { readonly state: 'open'; readonly open: OpenRoom }
  | { readonly state: 'closing'; readonly closed: Promise<void> }

export function createRooms(options: RoomsOptions): Rooms {
  const { store, learning, projects, people, log, clock, metrics } = options
  const { idleMs = IDLE_MS, maxRooms = MAX_ROOMS, maxDocuments = MAX_DOCUMENTS } = options
  const { keepPredictionsDays = KEEP_PREDICTIONS_DAYS } = options
  const lives = new Map<string, RoomLife>()
  /** Changes of projects whose room was being read when they came. */
  const early = new Map<string, ProjectRecord>()
  const outlets = new Set<RoomOutlet>()
  let stopping = false

  const outlet = fanOut(outlets)

  const roomOf = (projectId: string): Room | null => {
    const life = lives.get(projectId)
    return life?.state === 'open' ? life.open.room : null
  }
  const openRooms = (): Room[] =>
    [...lives.values()].flatMap((life) => (life.state === 'open' ? [life.open.room] : []))

  const documentCount = (): number => openRooms().reduce((sum, room) => sum + room.canvases.documents.size, 0)
  const unsaved = new Budget(options.maxUnsavedBytes ?? MAX_UNSAVED_BYTES)
  const waitingGuesses = new Budget(MAX_GUESS_BYTES)
  const hasPlace = (): boolean => documentCount() < maxDocuments

  const load = async (projectId: string): Promise<void> => {
    try {
      const records = await readRoom(store, projectId)
      const limits = { hasPlace, unsaved, waitingGuesses, keepPredictionsDays }
      const room = new Room({ store, learning, log, clock, metrics, outlet, ...limits }, records)
      const open: OpenRoom = { room, holds: 0, idle: null, gone: false }
      lives.set(projectId, { state: 'open', open })
      const changed = early.get(projectId)
      if (changed) await room.projectChanged(changed)
      void room.model.opened.then(() => {
        if (room.model.info) room.modelPublished(room.model.info, null)
        room.statusChanged(room.model.status)
      })
      await withinTime(room.model.opened, MODEL_WAIT_MS)
    } catch (error) {
      lives.delete(projectId)
      throw error
    } finally {
      early.delete(projectId)
    }
  }

  const close = (projectId: string, open: OpenRoom): void => {
    if (open.holds > 0 || stopping) return
    const saving = async (): Promise<SaveReport['unsaved']> => {
      const drawn = await saveDrawn([open.room], SAVE_MS)
      return [...drawn.unsaved, ...(await saveModels([open.room], SAVE_MS)).unsaved]
    }
    const closed = saving().then(async (unsaved) => {
      if (unsaved.length > 0) {
        // What is not stored stays in memory and is tried again.
        log.error({ projectId, unsaved }, 'a room could not be saved and stays open')
        lives.set(projectId, { state: 'open', open })
        rest(projectId, open)
        return
      }
      await open.room.stop()
      lives.delete(projectId)
    })
    lives.set(projectId, { state: 'closing', closed })
    closed.catch((error: unknown) => {
      log.error({ err: error, projectId }, 'a room did not close well')
      lives.delete(projectId)
    })
  }

  const rest = (projectId: string, open: OpenRoom): void => {
    if (open.holds > 0 || open.idle || open.gone) return
    // The map is in the order in which rooms were last left, for `makePlace`.
    const life = lives.get(projectId)
    if (life && lives.delete(projectId)) lives.set(projectId, life)
    open.idle = setTimeout(() => {
      open.idle = null
      // A full training goes on while nobody is there.
      if (open.room.model.busy) rest(projectId, open)
      else close(projectId, open)
    }, idleMs)
    open.idle.unref()
  }

  /** Closes the room that has been empty longest. @throws AppError `full` when there is somebody in each */
  const makePlace = async (): Promise<void> => {
    for (const [projectId, life] of lives) {
      if (life.state === 'open' && life.open.idle) {
        clearTimeout(life.open.idle)
        life.open.idle = null
        close(projectId, life.open)
      }
      const now = lives.get(projectId)
      if (now?.state !== 'closing') continue
      await now.closed.catch(() => undefined)
      if (lives.size < maxRooms) return
    }
    metrics?.refused('rooms')
    throw new AppError('full', 'This server has no place for another room')
  }

  const hold = (projectId: string, open: OpenRoom): RoomHold => {
    open.holds++
    if (open.idle) clearTimeout(open.idle)
    open.idle = null
    let released = false
    return {
      room: open.room,
      release: () => {
        if (released) return
        released = true
        open.holds--
        rest(projectId, open)
      },
    }
  }

  /** Holds the room in the very turn in which it is seen open: left alone it may close while somebody waits for it. */
  const find = async (projectId: string): Promise<RoomHold> => {
    for (;;) {
      if (stopping) throw new AppError('stopping')
      const life = lives.get(projectId)
      if (life?.state === 'open') return hold(projectId, life.open)
      if (life?.state === 'opening') {
        await life.opened
        continue
      }
      if (life?.state === 'closing') {
        await life.closed.catch(() => undefined)
        continue
      }
      if (lives.size >= maxRooms) {
        await makePlace()
        continue
      }
      const opened = load(projectId)
      lives.set(projectId, { state: 'opening', opened })
      await opened
    }
  }

  const end = async (projectId: string, open: OpenRoom): Promise<void> => {
    open.gone = true
    if (open.idle) clearTimeout(open.idle)
    open.room.dismissAll()
    try {
      await open.room.stop()
      // What the room wrote between the deletion and its end.
      await store.deleteProject(projectId)
    } finally {
      lives.delete(projectId)
    }
  }

  /** The project's room once it is neither opening nor closing; null where none is open. */
  const settled = async (projectId: string): Promise<OpenRoom | null> => {
    for (;;) {
      const life = lives.get(projectId)
      if (!life || life.state === 'open') return life?.open ?? null
      await (life.state === 'opening' ? life.opened : life.closed).catch(() => undefined)
    }
  }

  const remove = async (projectId: string): Promise<void> => {
    await settled(projectId)
    if (stopping) throw new AppError('stopping')
    await store.deleteProject(projectId)
    // A room that was opening meanwhile has read what is no more; one that was closing has written to it.
    if (!lives.has(projectId)) return
    const open = await settled(projectId)
    if (!open) return store.deleteProject(projectId)
    const closed = end(projectId, open)
    lives.set(projectId, { state: 'closing', closed })
    await closed
  }

  const unsubscribes = [
    learning.subscribe({
      status: (projectId, status) => roomOf(projectId)?.statusChanged(status),
      published: (projectId, model, accuracy) => roomOf(projectId)?.modelPublished(model, accuracy),
    }),
    projects.onMembershipChange(({ projectId, userId, role }) => {
      roomOf(projectId)
        ?.roleChanged(userId, role)
        .catch((error: unknown) =>
          log.error({ err: error, projectId }, 'a change of role did not reach a room'),
        )
    }),
    projects.onProjectChange((project) => {
      if (lives.get(project.id)?.state === 'opening') early.set(project.id, project)
      roomOf(project.id)
        ?.projectChanged(project)
        .catch((error: unknown) =>
          log.error({ err: error, projectId: project.id }, 'a change of a project did not reach its room'),
        )
    }),
    projects.onCodesChange(({ projectId, byUserId, role }) =>
      roomOf(projectId)?.activity.add({ kind: 'codes-changed', byUserId, what: role }),
    ),
    people.onChange((user) => {
      for (const room of openRooms()) {
        room.people.update(user.id, { user })
        room.door.renamed(user.id)
      }
    }),
  ]
  const touching = setInterval(() => {
    for (const room of openRooms()) {
      if (room.people.count === 0) continue
      projects
        .touchCodes(room.id)
        .catch((error: unknown) => log.warn({ err: error, projectId: room.id }, 'codes were not kept alive'))
    }
  }, TOUCH_CODES_MS)
  touching.unref()

  return {
    open: find,
    remove,
    peopleHere: (projectId) => roomOf(projectId)?.people.count ?? 0,
    peopleCount: () => openRooms().reduce((sum, room) => sum + room.people.count, 0),
    documentCount,
    unsavedBytes: () => unsaved.used,
    trainings: () => openRooms().map((room) => room.model.status),
    connect(one) {
      outlets.add(one)
      return () => outlets.delete(one)
    },
    async saveDrawn(deadlineMs) {
      stopping = true
      const until = performance.now() + deadlineMs
      clearInterval(touching)
      for (const unsubscribe of unsubscribes.slice(1)) unsubscribe()
      const pending = [...lives.values()].map((life) =>
        life.state === 'opening' ? life.opened : life.state === 'closing' ? life.closed : Promise.resolve(),
      )
      await withinTime(Promise.allSettled(pending), deadlineMs)
      return saveDrawn(openRooms(), Math.max(0, until - performance.now()))
    },
    saveModels: (deadlineMs) => saveModels(openRooms(), deadlineMs),
    unsaved: () => unsavedOf(openRooms()),
    async end(deadlineMs) {
      stopping = true
      await withinTime(Promise.allSettled(openRooms().map((room) => room.stop())), deadlineMs)
      unsubscribes[0]?.()
      lives.clear()
    },
  }
}
