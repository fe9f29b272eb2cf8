import type {
  Animal,
  CanvasInfo,
  CheckpointReason,
  Hand,
  ProjectSettings,
  Role,
  Split,
  Template,
} from '../../shared/protocol/entities.ts'
import type { Prediction } from '../../shared/protocol/events.ts'
import type { Recipe } from '../../shared/raster/recipe.ts'
import type { Family, TrainingSettings } from '../../shared/training/settings.ts'
import type { AccuracyPoint } from '../../shared/training/status.ts'

/* What a store keeps, as the rest of the server sees it. */

export interface UserRecord {
  readonly id: string
  readonly name: string
  readonly animal: Animal
  readonly pen: number
  readonly createdAt: number
}

/** What of an owner's hand outlives the room. */
export type StoredHand = Omit<Hand, 'spotlight' | 'followUserId'>

export interface ProjectRecord {
  readonly id: string
  readonly name: string
  readonly template: Template
  readonly createdAt: number
  readonly settings: ProjectSettings
  readonly training: TrainingSettings
  readonly trainingPaused: boolean
  /** SHA-256 of the owner link's secret, hex; null while there is none. */
  readonly ownerLinkHash: string | null
  readonly hand: StoredHand
}

export interface CodeRecord {
  readonly code: string
  readonly projectId: string
  readonly role: 'editor' | 'viewer'
  readonly active: boolean
  /** Epoch ms of the last join or of a person being in the room. */
  readonly usedAt: number
}

export interface ClassRecord {
  readonly id: string
  readonly projectId: string
  readonly name: string
  readonly number: number
  readonly removed: boolean
}

export interface MemberRecord {
  readonly projectId: string
  readonly userId: string
  readonly role: Role
  readonly joinedAt: number
}

export interface CanvasRecord extends CanvasInfo {
  readonly projectId: string
  readonly createdAt: number
  readonly deleted: boolean
}

/** The content of a canvas: apply `snapshot`, then `updates` in order. */
export interface CanvasLog {
  readonly snapshot: Uint8Array | null
  readonly updates: readonly Uint8Array[]
  /** Position of the newest update; 0 for an empty log. */
  readonly position: number
}

/** Which person a Yjs client id stands for on a canvas. */
export interface CanvasClient {
  readonly clientId: number
  readonly userId: string
}

export interface Opinion {
  /** Null: 'none of these'. */
  readonly classId: string | null
  readonly userId: string
  readonly at: number
  readonly idempotencyKey: string
}

/** What a drawing looks like to the network. */
export interface DrawingRaster {
  readonly recipe: Recipe
  /** RASTER_VERSION of the code that made it. */
  readonly version: number
  /** 28x28, row-major, 0 (paper) to 255 (ink). */
  readonly pixels: Uint8Array
}

export interface DrawingRecord {
  readonly id: string
  readonly projectId: string
  readonly canvasId: string
  readonly pageId: string
  /** encodeStroke bytes by stroke id, in drawing order. */
  readonly strokes: readonly { readonly id: string; readonly bytes: Uint8Array }[]
  readonly contributorIds: readonly string[]
  readonly split: Split
  readonly at: number
  readonly withdrawn: boolean
  /** Null: stored before there were rasters. */
  readonly raster: DrawingRaster | null
}

/**
 * A drawing as read: with its opinions, the accepted class (that of the newest opinion; null without one or
 * for 'none of these') and its place in the label log.
 */
export interface StoredDrawing extends DrawingRecord {
  readonly opinions: readonly Opinion[]
  readonly classId: string | null
  readonly toSort: boolean
  /** Grows with every change of any drawing of the project (added, relabelled, withdrawn): the order the trainer sees. */
  readonly seq: number
  /** Its first place in the label log: what was trained to there or further may have learned from it. */
  readonly firstSeq: number
}

/** Which drawings to find; what is left out is not asked for. */
export interface DrawingFilter {
  readonly classId?: string | null
  /** One of the contributors. */
  readonly userId?: string
  readonly split?: Split
  readonly withdrawn?: boolean
}

/** That drawings were deleted; of them nothing else is kept. */
export interface DeletionRecord {
  readonly id: string
  readonly projectId: string
  /** Epoch ms. */
  readonly at: number
  readonly byUserId: string
  readonly kind: 'drawing' | 'person'
  /** Whose drawings; null for kind 'drawing'. */
  readonly userId: string | null
  readonly drawings: number
  /** Least `firstSeq` among them: checkpoints trained to it or further carry what was learned from them. */
  readonly firstSeq: number
}

export interface PredictionRecord {
  readonly id: string
  readonly projectId: string
  readonly at: number
  readonly prediction: Prediction
  readonly classIds: readonly string[]
  /** The drawing it became, once labelled. */
  readonly drawingId: string | null
}

/** Shape of a checkpoint's blob as this server writes it; it reads this one and those below. */
export const CHECKPOINT_VERSION = 2

export interface CheckpointRecord {
  readonly id: string
  readonly projectId: string
  readonly at: number
  readonly step: number
  readonly reason: CheckpointReason
  /** Shape of the blob; one above CHECKPOINT_VERSION is listed and not loaded. */
  readonly version: number
  /** SHA-256 of the blob, hex. */
  readonly checksum: string
  readonly bytes: number
  readonly pinned: boolean
  readonly name: string | null
  /** Share of right guesses, 0 to 1; null where there were too few drawings. */
  readonly accuracy: number | null
  /** What `accuracy` is measured on; null without one, and where it was written before this was kept. */
  readonly accuracyKind: 'test' | 'prequential' | null
  readonly loss: number | null
  /** Newest place in the label log that it has learned from. */
  readonly trainedTo: number
  readonly classIds: readonly string[]
  /** Of its network; `cnn` where it was written before there were others. */
  readonly family: Family
  /** The checkpoint whose state was taken up again; null but for 'rollback'. */
  readonly fromId: string | null
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Pass as `after` (or `before`, for what is listed newest first) for the next page; null at the end. */
  readonly next: number | null
}

/** A canvas with everything on it, as it is backed up. */
export interface CanvasBackup {
  readonly record: CanvasRecord
  /** Its snapshot and updates merged into one update; null for an empty log. */
  readonly log: Uint8Array | null
  readonly clients: readonly CanvasClient[]
}

/** What is backed up, by kind. */
export interface BackupValues {
  readonly meta: { readonly key: string; readonly value: string }
  readonly user: UserRecord
  readonly project: ProjectRecord
  readonly code: CodeRecord
  readonly class: ClassRecord
  readonly member: MemberRecord
  readonly canvas: CanvasBackup
  /** `keys`: every idempotency key that answers this drawing. */
  readonly drawing: StoredDrawing & { readonly keys: readonly string[] }
  readonly prediction: PredictionRecord
  readonly accuracy: { readonly projectId: string; readonly point: AccuracyPoint }
  readonly checkpoint: { readonly record: CheckpointRecord; readonly blob: Uint8Array }
  readonly deletion: DeletionRecord
  readonly 'deleted-page': { readonly canvasId: string; readonly pageId: string; readonly projectId: string }
}

export type BackupKind = keyof BackupValues
export type BackupRecord = {
  [K in BackupKind]: { readonly kind: K; readonly value: BackupValues[K] }
}[BackupKind]

export interface BackupPage {
  readonly items: readonly BackupRecord[]
  /** Pass as `after` for the next page; null at the end. */
  readonly next: string | null
}
