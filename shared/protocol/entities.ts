import * as z from 'zod/mini'
import type { Family } from '../training/settings.ts'
import type { Accuracy } from '../training/status.ts'
import { MAX_CHECKPOINT_NAME, MAX_CLASS_NAME, MAX_NAME, MAX_PROJECT_NAME } from './limits.ts'
import { nameOf } from './text.ts'

export const roles = ['viewer', 'editor', 'owner'] as const
export const roleSchema = z.enum(roles)
export type Role = z.infer<typeof roleSchema>

export const templates = ['digits', 'empty'] as const
export const templateSchema = z.enum(templates)
export type Template = z.infer<typeof templateSchema>

export const idSchema = z.string().check(z.regex(/^[0-9a-z]{1,32}$/, 'not an identifier'))
export const personNameSchema = nameOf(MAX_NAME)
export const projectNameSchema = nameOf(MAX_PROJECT_NAME)
export const classNameSchema = nameOf(MAX_CLASS_NAME)
export const checkpointNameSchema = nameOf(MAX_CHECKPOINT_NAME)

/** The animals an avatar shows; the server gives one with a pen colour to each new person. */
export const animals = [
  'owl',
  'whale',
  'rabbit',
  'crab',
  'penguin',
  'hedgehog',
  'duck',
  'bee',
  'snail',
  'pig',
  'octopus',
  'squirrel',
] as const
export type Animal = (typeof animals)[number]

export interface User {
  readonly id: string
  readonly name: string
  readonly animal: Animal
  /** 1 to PEN_COUNT: index of the pen colour. */
  readonly pen: number
}

/** Somebody of a room. `name` is '' for those who may not see it while names are hidden. */
export interface Person extends User {
  readonly role: Role
  readonly online: boolean
  /** Online, but nothing was touched for a while, or the page is in the background. */
  readonly idle: boolean
  /** The canvas the person has open, null while none. */
  readonly canvasId: string | null
}

export interface ClassInfo {
  readonly id: string
  readonly name: string
  /** 1 upwards, fixed for the life of the class: its colour, shape and (up to ten) number key. */
  readonly number: number
  /** Accepted drawings of the class, those kept aside included. */
  readonly count: number
}

export interface CanvasInfo {
  readonly id: string
  /** Raised by restore and delete; part of the sync name. */
  readonly generation: number
  /** The person whose own canvas it is, null for a shared one. */
  readonly ownerId: string | null
  readonly name: string
  /** Who may draw on it besides its owner and the project's owners. */
  readonly openTo: 'all' | 'owner'
}

export interface ProjectSettings {
  /** Whether editors may do what owners do with classes, labels and training. */
  readonly editorsMayManage: boolean
  /** Who may draw on an editor's own canvas. */
  readonly ownCanvasOpenTo: 'all' | 'owner'
}

export interface ProjectInfo {
  readonly id: string
  readonly name: string
  readonly template: Template
  /** Epoch ms. */
  readonly createdAt: number
  readonly settings: ProjectSettings
}

export interface JoinCodes {
  /** Null while switched off. */
  readonly editor: string | null
  readonly viewer: string | null
}

export const splits = ['train', 'validation', 'test'] as const
export type Split = (typeof splits)[number]

/** What everyone in the room is told of an accepted drawing. */
export interface DrawingInfo {
  readonly id: string
  readonly canvasId: string
  readonly pageId: string
  /** Null in the To sort pile, or once 'none of these'. */
  readonly classId: string | null
  /** Who gave the label (or kept it without one). */
  readonly byUserId: string
  readonly contributorIds: readonly string[]
  readonly split: Split
  /** Place in the project's label log: a model whose `trainedTo` is at least this has learned from it. */
  readonly seq: number
  /** Epoch ms. */
  readonly at: number
}

/** A drawing in a list of the project's drawings. */
export interface DrawingListItem extends DrawingInfo {
  readonly withdrawn: boolean
  /** `encodeStroke` bytes as base64. */
  readonly strokes: readonly { readonly id: string; readonly base64: string }[]
}

/** A guess that was kept: where the pen rested, or what was said of a drawing when it was labelled. */
export interface HistoryItem {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly canvasId: string
  readonly modelVersion: number
  /** Points that it saw. */
  readonly points: number
  /** The three likeliest classes, likeliest first, with their shares. */
  readonly guess: readonly { readonly classId: string; readonly share: number }[]
  /** The drawing that it became, null while none. */
  readonly drawingId: string | null
  /** What that drawing is now, null while it is not labelled. */
  readonly truthClassId: string | null
}

/** That drawings were deleted. */
export interface DeletionInfo {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly byUserId: string
  readonly kind: 'drawing' | 'person'
  /** Whose drawings; null for kind 'drawing'. */
  readonly userId: string | null
  readonly drawings: number
  /** Checkpoints that still carry what was learned from them. */
  readonly carriedBy: readonly string[]
}

/** Counts of accepted drawings, by class id, and of those waiting to be sorted. */
export interface DrawingCounts {
  readonly byClass: Readonly<Record<string, number>>
  readonly toSort: number
  readonly keptAside: number
  readonly total: number
}

/** `schedule`: every few seconds while training goes on; `promotion`: a new best; `rollback`: an older state was taken up again. */
export const checkpointReasons = ['schedule', 'stop', 'request', 'promotion', 'rollback'] as const
export type CheckpointReason = (typeof checkpointReasons)[number]

/** A stored state of the model and its training. */
export interface CheckpointInfo {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly step: number
  readonly reason: CheckpointReason
  readonly bytes: number
  /** Kept until somebody lets it go, as one with a name is. */
  readonly pinned: boolean
  readonly name: string | null
  /** Share of right guesses, 0 to 1; null where there were too few drawings. */
  readonly accuracy: number | null
  readonly accuracyKind: Accuracy['kind'] | null
  readonly loss: number | null
  /** Newest place in the label log that it has learned from. */
  readonly trainedTo: number
  /** How many classes it can guess. */
  readonly classes: number
  readonly family: Family
  /** For `rollback`: the checkpoint whose state was taken up again; it may be gone. */
  readonly fromId: string | null
  /** Why it cannot be used: its bytes are not what was written, or a newer version of the server wrote it. */
  readonly problem: 'damaged' | 'newer' | null
}

/** How a checkpoint does on the project's drawings that are kept aside; two that are compared are measured on the same. */
export interface CheckpointReport {
  readonly checkpointId: string
  /** Drawings it was measured on: those of the test split, and of validation too where these are fewer than 20. */
  readonly drawings: number
  /** Null without drawings. A drawing of a class that the checkpoint does not know counts as wrong. */
  readonly accuracy: Accuracy | null
  /** Mean surprise in nats on the drawings of classes that all compared checkpoints know; null without any. */
  readonly surprise: number | null
  /** Classes that have such drawings, in the order of the project's. */
  readonly perClass: readonly { readonly classId: string; readonly right: number; readonly of: number }[]
}

/** What an owner's hand holds at the moment. All but `spotlight` and `followUserId` outlive the room. */
export interface Hand {
  /** All pens but those of owners rest. */
  readonly frozenAll: boolean
  /** Canvases on which all pens but those of owners rest. */
  readonly frozenCanvasIds: readonly string[]
  /** Only owners label, take labels back and give opinions. */
  readonly labelsLocked: boolean
  /** Only owners, and everybody for themselves, see names. */
  readonly namesHidden: boolean
  /** Newcomers wait until an owner lets them in. */
  readonly lobby: boolean
  /** The session is over: only owners come in, until one opens it again. */
  readonly ended: boolean
  /** The canvas everybody looks at, null while there is none. */
  readonly spotlight: string | null
  /** The owner whose open canvas everybody follows, null while nobody is followed. */
  readonly followUserId: string | null
}

export const activityKinds = [
  'frozen',
  'unfrozen',
  'labels-locked',
  'labels-unlocked',
  'names-hidden',
  'names-shown',
  'lobby-opened',
  'lobby-closed',
  'spotlight',
  'spotlight-ended',
  'follow',
  'follow-ended',
  'drawing-removed',
  'drawing-restored',
  'drawing-withdrawn',
  'drawing-deleted',
  'drawings-deleted',
  'person-removed',
  'person-admitted',
  'person-refused',
  'role-changed',
  'codes-changed',
  'class-added',
  'class-renamed',
  'class-removed',
  'training-paused',
  'training-resumed',
  'job-started',
  'job-stopped',
  'job-promoted',
  'job-discarded',
  /** A full training's model took over by the rule. */
  'job-served',
  'checkpoint-restored',
  'session-ended',
  'session-reopened',
] as const
export type ActivityKind = (typeof activityKinds)[number]

/** Something was done that concerns the whole room. */
export interface Activity {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly kind: ActivityKind
  /** Null where the model did it by itself. */
  readonly byUserId: string | null
  /** Whom it was done to. */
  readonly userId: string | null
  /** The canvas it was done on, null for all of them. */
  readonly canvasId: string | null
  /** For `drawing-removed`: what `drawing:restore` brings back. */
  readonly drawingId: string | null
  /** The name of a class or a checkpoint, or the role given. */
  readonly what: string | null
}
