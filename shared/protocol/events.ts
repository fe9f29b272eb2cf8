import type { AccuracyPoint, ModelInfo, TrainingStatus } from '../training/status.ts'
import type {
  Activity,
  CanvasInfo,
  CheckpointInfo,
  CheckpointReport,
  ClassInfo,
  DeletionInfo,
  DrawingCounts,
  DrawingInfo,
  DrawingListItem,
  Hand,
  HistoryItem,
  Person,
  ProjectInfo,
  Role,
  User,
} from './entities.ts'
import type { WireError } from './errors.ts'
import type { CommandInput, CommandName } from './payloads.ts'

/** The reply to every command. */
export type Ack<T> = { readonly ok: T } | { readonly error: WireError }

/** A stroke in a list: `encodeStroke` bytes as base64, since Socket.IO takes at most ten binary values a packet. */
export interface WireStroke {
  readonly id: string
  readonly base64: string
}

/** The current page of a canvas, for a tile. */
export interface CanvasSnapshot {
  readonly canvasId: string
  readonly pageId: string
  readonly strokes: readonly WireStroke[]
}

/** A guess, naming what it saw. Clients drop one that saw less than another they have. */
export interface Prediction {
  readonly canvasId: string
  readonly pageId: string
  /** The newest stroke seen, '' on an empty page. */
  readonly strokeId: string
  /** Points seen on the page, tails in progress included; each stroke counts once. */
  readonly points: number
  /** Points seen of `strokeId`. */
  readonly strokePoints: number
  readonly modelVersion: number
  /** In the order of the model's `classIds`, rounded to 4 digits; empty on an empty page. */
  readonly probabilities: readonly number[]
}

export interface RoomState {
  readonly project: ProjectInfo
  readonly you: { readonly user: User; readonly role: Role; readonly canvasId: string | null }
  readonly people: readonly Person[]
  readonly canvases: readonly CanvasInfo[]
  readonly classes: readonly ClassInfo[]
  readonly counts: DrawingCounts
  readonly model: ModelInfo | null
  readonly training: TrainingStatus
  /** Whether a full training may take in MNIST's digits: they are there, and it is a room of digits. */
  readonly mnist: boolean
  readonly accuracy: readonly AccuracyPoint[]
  readonly predictions: readonly Prediction[]
  /** The newest accepted drawing of each class, for its stack. */
  readonly samples: readonly ClassSample[]
  readonly hand: Hand
  /** Newest last, at most MAX_ACTIVITY. */
  readonly activity: readonly Activity[]
  /** Who waits in the lobby, for owners; empty for others. */
  readonly waiting: readonly User[]
}

export interface ClassSample {
  readonly classId: string
  readonly drawingId: string
  readonly strokes: readonly WireStroke[]
}

export interface SortItem {
  readonly drawing: DrawingInfo
  /** Position to continue from. */
  readonly seq: number
  readonly strokes: readonly WireStroke[]
}

/** What each command answers. */
export interface CommandResults {
  'room:join': RoomState
  'room:leave': Record<string, never>
  'canvas:open': Record<string, never>
  'canvas:create': CanvasInfo
  'canvas:snapshot': {
    readonly snapshots: readonly CanvasSnapshot[]
    /** Canvases that are too much for one answer: to be asked for again. */
    readonly rest: readonly string[]
  }
  'tiles:watch': Record<string, never>
  'canvas:saved?': { readonly stateVector: Uint8Array }
  'drawing:label': { readonly drawing: DrawingInfo; readonly counts: DrawingCounts }
  'drawing:keep': { readonly drawing: DrawingInfo; readonly counts: DrawingCounts }
  'drawing:withdraw': { readonly drawing: DrawingInfo; readonly counts: DrawingCounts }
  'drawing:remove': { readonly drawing: DrawingInfo }
  'drawing:restore': { readonly drawing: DrawingInfo }
  'drawing:opine': { readonly drawing: DrawingInfo; readonly counts: DrawingCounts }
  'drawing:to-sort': { readonly items: readonly SortItem[] }
  'drawing:list': { readonly items: readonly DrawingListItem[]; readonly next: number | null }
  /** The checkpoints still carry what was learned from what was deleted. */
  'drawing:delete': { readonly checkpoints: readonly CheckpointInfo[] }
  'person:delete-drawings': { readonly drawings: number; readonly checkpoints: readonly CheckpointInfo[] }
  /** Newest first, at most 200. */
  'deletions:list': { readonly deletions: readonly DeletionInfo[] }
  'history:list': { readonly items: readonly HistoryItem[]; readonly next: number | null }
  'class:add': ClassInfo
  'class:rename': ClassInfo
  'class:remove': Record<string, never>
  'training:pause': TrainingStatus
  'training:resume': TrainingStatus
  'training:configure': TrainingStatus
  /** Learns from what waits now, whatever the settings say. */
  'training:now': TrainingStatus
  /** A full training from scratch by the settings as they are. */
  'training:job-start': TrainingStatus
  /** Ends it at once; its best so far is what it made. */
  'training:job-stop': TrainingStatus
  'training:job-decide': TrainingStatus
  'checkpoint:save': CheckpointInfo
  'checkpoint:list': {
    /** Newest first. */
    readonly checkpoints: readonly CheckpointInfo[]
    /** The one whose state the model is in; null once it has learned on. */
    readonly currentId: string | null
  }
  'checkpoint:edit': CheckpointInfo
  'checkpoint:compare': { readonly a: CheckpointReport; readonly b: CheckpointReport }
  'checkpoint:restore': {
    /** The new one, of reason `rollback`. */
    readonly checkpoint: CheckpointInfo
    readonly training: TrainingStatus
  }
  'checkpoint:delete': Record<string, never>
  'person:rename': Person
  'person:role': Person
  'person:remove': Record<string, never>
  'person:idle': Record<string, never>
  'person:admit': Record<string, never>
  'hand:freeze': Hand
  'hand:lock-labels': Hand
  'hand:hide-names': Hand
  'hand:lobby': Hand
  'hand:spotlight': Hand
  'hand:follow': Hand
  'hand:end': Hand
  'scratch:open': { readonly model: ModelInfo; readonly classes: readonly ClassInfo[] }
  'scratch:set': Record<string, never>
}

export type ClientToServerEvents = {
  [C in CommandName]: (payload: CommandInput<C>, ack: (reply: Ack<CommandResults[C]>) => void) => void
} & {
  /** `encodeInk`; volatile, unacknowledged. On the scratch pad the canvas id is 'scratch'. */
  ink: (packet: Uint8Array) => void
}

export interface ServerToClientEvents {
  /** `encodeRoomInk`, volatile: all ink of the room, or of the open canvas alone after `tiles:watch`. */
  ink: (batch: Uint8Array) => void
  /** `encodeRoomInk`, volatile: ink of the watched tiles, thinned; its tails count the points that are left. */
  'ink:tiles': (batch: Uint8Array) => void
  /** Guesses of one model made in one batch. */
  prediction: (made: { readonly modelVersion: number; readonly items: readonly Prediction[] }) => void
  /** Committed changes of the current page since the last tick; `turnedTo` when another page became the current one (then `added` is all of it). */
  'canvas:changed': (change: {
    readonly canvasId: string
    readonly pageId: string
    readonly turned: boolean
    readonly added: readonly WireStroke[]
    readonly removed: readonly string[]
  }) => void
  /** The store holds everything up to this Y state vector. */
  'canvas:saved': (saved: { readonly canvasId: string; readonly stateVector: Uint8Array }) => void
  /** Canvases that are new or whose name or openness changed. */
  'canvases:changed': (changed: { readonly canvases: readonly CanvasInfo[] }) => void
  /** At most ten times a second: who came or changed (name, role, open canvas, online, idle), and who is gone from the list. */
  'people:changed': (changed: {
    readonly people: readonly Person[]
    readonly left: readonly string[]
  }) => void
  'hand:changed': (hand: Hand) => void
  'activity:added': (activity: Activity) => void
  /** To owners. */
  'lobby:changed': (changed: { readonly waiting: readonly User[] }) => void
  /** To somebody who waits: come in with `room:join`, or not. */
  'lobby:answered': (answer: { readonly admitted: boolean }) => void
  /** The session is over for everybody but owners. */
  'room:ended': (ended: { readonly byUserId: string }) => void
  'project:changed': (project: ProjectInfo) => void
  'classes:changed': (changed: { readonly classes: readonly ClassInfo[] }) => void
  'drawing:labelled': (labelled: {
    readonly drawing: DrawingInfo
    readonly counts: DrawingCounts
    readonly sample: ClassSample | null
  }) => void
  'drawing:withdrawn': (withdrawn: { readonly drawing: DrawingInfo; readonly counts: DrawingCounts }) => void
  /** Drawings that are gone for good; `samples`: what is now the newest of each class that they were among, null for none. */
  'drawings:deleted': (deleted: {
    readonly drawingIds: readonly string[]
    readonly counts: DrawingCounts
    readonly samples: readonly { readonly classId: string; readonly sample: ClassSample | null }[]
  }) => void
  /** The project is gone with all that was in it. */
  'project:deleted': (deleted: Record<string, never>) => void
  'training:progress': (status: TrainingStatus) => void
  /** `added` is the newest from then on, and what the model is in at that moment. */
  'checkpoint:changed': (changed: {
    readonly added: CheckpointInfo | null
    readonly changed: CheckpointInfo | null
    readonly removed: readonly string[]
  }) => void
  'model:published': (published: {
    readonly model: ModelInfo
    readonly accuracy: AccuracyPoint | null
  }) => void
  /** The server is stopping; it will be back. Come back at a random moment within `spreadMs`, so that not all come at once. */
  'room:closing': (closing: { readonly retry: boolean; readonly spreadMs: number }) => void
  /** Your role was changed or your membership ended. */
  'you:role': (changed: { readonly role: Role | null }) => void
}
