import type { ShallowRef } from 'vue'
import type { PadStroke } from './pad-stroke.ts'
import type { PenPoint } from './pen-point.ts'
import type { Selection } from './selection.ts'
import type { StrokeBuilder } from './stroke-builder.ts'

/** Another person's stroke while it is being drawn. */
export interface GhostStroke {
  readonly id: string
  readonly userId: string
  readonly pageId: string
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/** Where another person's pointer is, in page pixels. */
export interface PadCursor {
  readonly userId: string
  readonly x: number
  readonly y: number
}

/**
 * `loading`: the canvas is on its way (ink is taken already); `live`; `offline`: ink is kept and will be sent;
 * `readonly`: may be watched only; `failed`: it cannot be opened (`reason` says why).
 */
export type PadStatus = 'loading' | 'live' | 'offline' | 'readonly' | 'failed'

/** Why a pad is `readonly` or `failed`, or (`device-full`) takes no more ink until the server has some; null otherwise. */
export type PadReason =
  'viewer' | 'revoked' | 'unauthenticated' | 'deleted' | 'refused' | 'device-full' | null

/** A page turned by a label. */
export interface PageTurn {
  /** The page that was labelled, for `drawing:label`. */
  readonly pageId: string
  /** What showed on it, for `drawing:label`. */
  readonly strokeIds: string[]
  /** Covers all that was done on that page, for `drawing:label`. */
  readonly stateVector: Uint8Array
  /** Takes the turn back after a refused label: `current` shows the page again, `own` keeps it behind newer ink. */
  undoTurn(): 'current' | 'own' | 'gone'
}

/**
 * What a pad draws and what it does, the same for a room's canvas and for the scratch pad. Hold it in a plain
 * const or a shallowRef: a `ref` would unwrap the refs inside.
 */
export interface PadModel {
  /** '' while no page is known. */
  readonly pageId: Readonly<ShallowRef<string>>
  /** Finished strokes of the current page, in drawing order. */
  readonly strokes: Readonly<ShallowRef<readonly PadStroke[]>>
  /** Others' strokes in progress on this page, by stroke id. */
  readonly ghosts: Readonly<ShallowRef<ReadonlyMap<string, GhostStroke>>>
  readonly cursors: Readonly<ShallowRef<readonly PadCursor[]>>
  /** Includes bringing a cleared page back. */
  readonly canUndo: Readonly<ShallowRef<boolean>>
  readonly canRedo: Readonly<ShallowRef<boolean>>
  readonly status: Readonly<ShallowRef<PadStatus>>
  readonly reason: Readonly<ShallowRef<PadReason>>
  /** Own strokes that the store does not hold yet: 0 is 'saved', more is 'kept here'. */
  readonly unsaved: Readonly<ShallowRef<number>>
  /** How many of them would be lost with this page: where the device keeps nothing, or is full. */
  readonly unkept: Readonly<ShallowRef<number>>
  /** Whether the page has little room left; a full one is turned by the server. */
  readonly nearlyFull: Readonly<ShallowRef<boolean>>
  /** What else can be done to finished strokes; null where nothing can. */
  readonly edits: PadEdits | null
  /** My stroke in progress, null between strokes; not reactive, the pad reads it each frame. */
  readonly live: StrokeBuilder | null

  /** Answers false where drawing is not allowed at the moment. */
  beginStroke(point: PenPoint): boolean
  /** Thins the points; a stroke that grows too long is committed and goes on as a new one. */
  extendStroke(points: readonly PenPoint[]): void
  commitStroke(): void
  cancelStroke(): void
  /** Removes the strokes within `radius` page pixels; all removals until `endErase` are one step of undo. */
  eraseAt(x: number, y: number, radius: number): void
  endErase(): void
  /** Tells the others where my pointer is; at most 10 times a second get out. */
  moveCursor(x: number, y: number): void
  undo(): void
  redo(): void
  /** Turns to a clean page; the one before can be restored. */
  clear(): void
  /** Brings the page cleared last back, as current if nothing was drawn since, else as a page of its own. */
  restoreCleared(): void
  /** Turns the page for a label; null where nothing is drawn. */
  turnPage(): PageTurn | null
}

/** Changes of finished strokes beyond removing them. */
export interface PadEdits {
  readonly selection: Selection
  /** Rubs out what lies within `radius` page pixels; all of it until `endErase` is one step of undo. */
  rubAt(x: number, y: number, radius: number): void
}

/** What the pad shows of a person; a `Person` of the room is one. */
export interface PadPerson {
  readonly name: string
  /** 1 to PEN_COUNT. */
  readonly pen: number
}
