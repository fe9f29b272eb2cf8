import { ref, shallowReactive, shallowRef } from 'vue'
import type {
  Activity,
  CanvasInfo,
  ClassInfo,
  DrawingCounts,
  DrawingInfo,
  Hand,
  ProjectInfo,
  Role,
  User,
} from '../../shared/protocol/entities.ts'
import { MAX_ACTIVITY } from '../../shared/protocol/limits.ts'
import type { WireError } from '../../shared/protocol/errors.ts'
import type { ClassSample, Prediction, RoomState } from '../../shared/protocol/events.ts'
import type { AccuracyPoint, ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { decodeSample } from './decode-sample.ts'
import { createPeopleList } from './people-list.ts'
import { emptyTrack, pageTurned, takeGuess, type GuessTrack } from './prediction-order.ts'
import { restingHand } from './resting-hand.ts'

const MOST_POINTS = 400
const MOST_DRAWINGS = 400
const MOST_VERSIONS = 12
const STACK = 3

/**
 * Where the page stands: on its way in, waiting in the lobby, in, turned away or refused (`error` says why), removed
 * from the room by its owner, in a room whose session is over, that was deleted, or whose server is going down.
 */
export type RoomPhase =
  | { readonly state: 'joining' }
  | { readonly state: 'waiting' }
  | { readonly state: 'live' }
  | { readonly state: 'turned-away' }
  | { readonly state: 'refused'; readonly error: WireError }
  | { readonly state: 'removed' }
  | { readonly state: 'ended' }
  | { readonly state: 'deleted' }
  | { readonly state: 'closing'; readonly retry: boolean }

export interface StackSheet {
  readonly drawingId: string
  readonly strokes: ReturnType<typeof decodeSample>
}

/** A label that was just given on a canvas, shown on its tile until the next ink. */
export interface FreshLabel extends StackSheet {
  readonly classId: string
}

const NO_COUNTS: DrawingCounts = { byClass: {}, toSort: 0, keptAside: 0, total: 0 }

/** All that is known of a room, and the few ways in which it changes. */
export function createRoomState() {
  const phase = shallowRef<RoomPhase>({ state: 'joining' })
  const project = shallowRef<ProjectInfo | null>(null)
  const me = shallowRef<User | null>(null)
  const role = ref<Role>('viewer')
  /** My own canvas, null for viewers. */
  const ownCanvasId = ref<string | null>(null)
  const { people, peopleHere, nameOf, sayAnimals, setPeople, ...list } = createPeopleList(me)
  const canvases = shallowReactive(new Map<string, CanvasInfo>())
  const classes = shallowRef<readonly ClassInfo[]>([])
  const counts = shallowRef<DrawingCounts>(NO_COUNTS)
  const model = shallowRef<ModelInfo | null>(null)
  const training = shallowRef<TrainingStatus | null>(null)
  /** Whether a full training may take in MNIST's digits. */
  const mnist = ref(false)
  const accuracy = shallowRef<readonly AccuracyPoint[]>([])
  const guesses = shallowReactive(new Map<string, GuessTrack>())
  /** The newest drawings of each class, newest first. */
  const stacks = shallowReactive(new Map<string, readonly StackSheet[]>())
  const fresh = shallowReactive(new Map<string, FreshLabel>())
  /** Who drew and labelled the newest drawings, for the words of the learning strip. */
  const drawings = shallowReactive(new Map<string, DrawingInfo>())
  const hand = shallowRef<Hand>(restingHand)
  /** What was done lately, newest last. */
  const activity = shallowRef<readonly Activity[]>([])
  /** Who waits to be let in; told to owners. */
  const lobby = shallowRef<readonly User[]>([])
  /** The classes a model of some version answers in; guesses come in with the version alone. */
  const classIdsOf = new Map<number, readonly string[]>()

  function setClasses(next: readonly ClassInfo[]): void {
    classes.value = [...next].sort((a, b) => a.number - b.number)
  }

  function setModel(next: ModelInfo | null): void {
    model.value = next
    if (!next) return
    classIdsOf.set(next.version, next.classIds)
    const oldest = classIdsOf.keys().next()
    if (classIdsOf.size > MOST_VERSIONS && !oldest.done) classIdsOf.delete(oldest.value)
  }

  function addAccuracy(point: AccuracyPoint | null): void {
    if (point) accuracy.value = [...accuracy.value, point].slice(-MOST_POINTS)
  }

  function addSample({ classId, drawingId, strokes }: ClassSample): StackSheet {
    const sheet = { drawingId, strokes: decodeSample(strokes) }
    dropSample(drawingId)
    stacks.set(classId, [sheet, ...(stacks.get(classId) ?? [])].slice(0, STACK))
    return sheet
  }

  function dropSample(drawingId: string): void {
    for (const [classId, sheets] of stacks) {
      if (sheets.some((sheet) => sheet.drawingId === drawingId)) {
        stacks.set(
          classId,
          sheets.filter((sheet) => sheet.drawingId !== drawingId),
        )
      }
    }
  }

  /** Drawings that are deleted for good. */
  function dropDrawings(drawingIds: readonly string[]): void {
    for (const drawingId of drawingIds) {
      drawings.delete(drawingId)
      dropSample(drawingId)
    }
    for (const [canvasId, sheet] of fresh) if (drawingIds.includes(sheet.drawingId)) fresh.delete(canvasId)
  }

  function addDrawing(drawing: DrawingInfo): void {
    drawings.set(drawing.id, drawing)
    const oldest = drawings.keys().next()
    if (drawings.size > MOST_DRAWINGS && !oldest.done) drawings.delete(oldest.value)
  }

  function addActivity(entry: Activity): void {
    activity.value = [...activity.value.filter(({ id }) => id !== entry.id), entry].slice(-MAX_ACTIVITY)
  }

  function trackOf(canvasId: string): GuessTrack {
    return guesses.get(canvasId) ?? emptyTrack
  }

  function addGuess(guess: Prediction): void {
    const before = trackOf(guess.canvasId)
    const after = takeGuess(before, guess)
    if (after !== before) guesses.set(guess.canvasId, after)
  }

  function setHand(next: Hand): void {
    hand.value = next
    if (next.namesHidden && role.value !== 'owner') list.forgetGone()
  }

  /** Who waits to be let in; each is named in what becomes of them. */
  function setLobby(waiting: readonly User[]): void {
    list.rememberAll(waiting)
    lobby.value = waiting
  }

  /** The page of a canvas as the server has it: what was held back until this was known is shown, or dropped. */
  function turnGuess(canvasId: string, pageId: string): void {
    const before = guesses.get(canvasId)
    if (before) guesses.set(canvasId, pageTurned(before, pageId))
  }

  /** Everything at once, as `room:join` answers it. */
  function load(state: RoomState): void {
    project.value = state.project
    me.value = state.you.user
    role.value = state.you.role
    ownCanvasId.value = state.you.canvasId
    list.refill(state.people)
    refill(canvases, state.canvases, (canvas) => canvas.id)
    setClasses(state.classes)
    counts.value = state.counts
    setModel(state.model)
    training.value = state.training
    mnist.value = state.mnist
    accuracy.value = state.accuracy.slice(-MOST_POINTS)
    guesses.clear()
    for (const guess of state.predictions) addGuess(guess)
    stacks.clear()
    for (const sample of state.samples) addSample(sample)
    fresh.clear()
    setHand(state.hand)
    activity.value = state.activity.slice(-MAX_ACTIVITY)
    setLobby(state.waiting)
    phase.value = { state: 'live' }
  }

  /** Forgets the room. */
  function reset(): void {
    phase.value = { state: 'joining' }
    project.value = null
    me.value = null
    ownCanvasId.value = null
    model.value = null
    training.value = null
    mnist.value = false
    accuracy.value = []
    classes.value = []
    counts.value = NO_COUNTS
    hand.value = restingHand
    activity.value = []
    lobby.value = []
    list.refill([])
    list.forgetGone()
    for (const map of [canvases, guesses, stacks, fresh, drawings, classIdsOf]) map.clear()
  }

  return {
    phase,
    project,
    me,
    role,
    ownCanvasId,
    people,
    peopleHere,
    nameOf,
    sayAnimals,
    setPeople,
    dropPerson: list.drop,
    hand,
    setHand,
    activity,
    lobby,
    setLobby,
    addActivity,
    canvases,
    classes,
    counts,
    model,
    training,
    mnist,
    accuracy,
    guesses,
    stacks,
    fresh,
    drawings,
    classIdsOf,
    setClasses,
    setModel,
    addAccuracy,
    addSample,
    dropSample,
    dropDrawings,
    addDrawing,
    addGuess,
    trackOf,
    turnGuess,
    load,
    reset,
  }
}

export type RoomModel = ReturnType<typeof createRoomState>

function refill<T>(map: Map<string, T>, items: readonly T[], keyOf: (item: T) => string): void {
  map.clear()
  for (const item of items) map.set(keyOf(item), item)
}
