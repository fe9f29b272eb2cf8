import * as z from 'zod/mini'
import { MAX_STROKE_BYTES, MAX_STROKES_PER_PAGE } from '../canvas/limits.ts'
import { trainingSettingsSchema } from '../training/settings.ts'
import { checkpointNameSchema, classNameSchema, idSchema, personNameSchema, splits } from './entities.ts'
import { MAX_CANVASES } from './limits.ts'

/** Bytes of a socket payload: a Uint8Array (also as Node's Buffer) of at most `most` bytes. */
function bytesOf(most: number) {
  return z
    .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be binary')
    .check(z.refine((value) => value.byteLength <= most, `at most ${String(most)} bytes`))
}

/** Strokes that a label names; a page that is turned late has a few more than its limit. */
const MAX_SEEN_STROKES = 2 * MAX_STROKES_PER_PAGE

const keySchema = z.string().check(z.regex(/^[0-9A-Za-z_-]{8,64}$/, '8 to 64 letters, digits, - or _'))

/** What the labeller saw on the page: what came to lie on another page since goes into the drawing all the same. */
const strokeIdsSchema = z.optional(z.array(idSchema).check(z.maxLength(MAX_SEEN_STROKES)))

const beforeSchema = z.optional(z.int().check(z.gte(0)))
const limitSchema = z.int().check(z.gte(1), z.lte(100))

/** A stroke in a list: `encodeStroke` bytes as base64. */
export const wireStrokeSchema = z.object({
  id: idSchema,
  base64: z.string().check(z.maxLength(Math.ceil(MAX_STROKE_BYTES / 3) * 4, 'the stroke is too long')),
})

/** Schemas of all commands: the payload of an event is checked against the schema of its name. */
export const commandSchemas = {
  'room:join': z.object({ projectId: idSchema, protocol: z.int() }),
  'room:leave': z.object({}),
  'canvas:open': z.object({ canvasId: z.nullable(idSchema) }),
  'canvas:create': z.object({ name: classNameSchema }),
  'canvas:snapshot': z.object({ canvasIds: z.array(idSchema).check(z.maxLength(200)) }),
  /**
   * The tiles that show: of these alone come `ink:tiles` (thinned) and `canvas:changed`, and `ink` (full) only of the
   * canvas that is open. A connection that never says it gets all ink of the room in full.
   */
  'tiles:watch': z.object({ canvasIds: z.array(idSchema).check(z.maxLength(MAX_CANVASES)) }),
  /** Asks for the newest saved state vector, after a reconnect. */
  'canvas:saved?': z.object({ canvasId: idSchema }),
  'drawing:label': z.object({
    canvasId: idSchema,
    pageId: idSchema,
    classId: idSchema,
    /** Y.encodeStateVector of the labeller's document: the strokes that belong to the drawing. */
    stateVector: bytesOf(64_000),
    strokeIds: strokeIdsSchema,
    /** The same key again is the same label: it answers as the first time and stores nothing. */
    idempotencyKey: keySchema,
  }),
  'drawing:keep': z.object({
    canvasId: idSchema,
    pageId: idSchema,
    stateVector: bytesOf(64_000),
    strokeIds: strokeIdsSchema,
    idempotencyKey: keySchema,
  }),
  /** Takes a label back: the page returns, the drawing keeps its id and split should it be labelled again. */
  'drawing:withdraw': z.object({ drawingId: idSchema }),
  /** Takes the page off its canvas; nobody but an owner brings it back, with `drawing:restore`. */
  'drawing:remove': z.object({ canvasId: idSchema, pageId: idSchema }),
  'drawing:restore': z.object({ drawingId: idSchema }),
  /** An opinion on a drawing: a class, or null for 'none of these'. */
  'drawing:opine': z.object({
    drawingId: idSchema,
    classId: z.nullable(idSchema),
    idempotencyKey: keySchema,
  }),
  'drawing:to-sort': z.object({
    after: z.optional(z.int().check(z.gte(0))),
    limit: z.int().check(z.gte(1), z.lte(50)),
  }),
  /** The project's drawings, newest change first; `before` is `next` of the page before. */
  'drawing:list': z.object({
    /** Null: those without a class. */
    classId: z.optional(z.nullable(idSchema)),
    /** One of those who drew it. */
    userId: z.optional(idSchema),
    split: z.optional(z.enum(splits)),
    withdrawn: z.optional(z.boolean()),
    before: beforeSchema,
    limit: limitSchema,
  }),
  /** Deletes a drawing for good, with the earlier ones of its page. */
  'drawing:delete': z.object({ drawingId: idSchema }),
  /** Deletes for good what a person drew in the project, alone or with others, and empties their own canvas. */
  'person:delete-drawings': z.object({ userId: idSchema }),
  'deletions:list': z.object({}),
  /** Guesses that were kept, newest first; `before` is `next` of the page before. */
  'history:list': z.object({ before: beforeSchema, limit: limitSchema }),
  'class:add': z.object({ name: classNameSchema }),
  'class:rename': z.object({ classId: idSchema, name: classNameSchema }),
  'class:remove': z.object({ classId: idSchema }),
  'training:pause': z.object({}),
  'training:resume': z.object({}),
  'training:configure': trainingSettingsSchema,
  'training:now': z.object({}),
  'training:job-start': z.object({ mnist: z.boolean(), promote: z.enum(['rule', 'hand']) }),
  'training:job-stop': z.object({}),
  'training:job-decide': z.object({ promote: z.boolean() }),
  'checkpoint:save': z.object({}),
  'checkpoint:list': z.object({}),
  /** Names (null: takes the name away) and pins; what is left out stays. */
  'checkpoint:edit': z.object({
    checkpointId: idSchema,
    name: z.optional(z.nullable(checkpointNameSchema)),
    pinned: z.optional(z.boolean()),
  }),
  'checkpoint:compare': z.object({ aId: idSchema, bId: idSchema }),
  /** Takes up the state of a checkpoint; where the model is now stays among the checkpoints. */
  'checkpoint:restore': z.object({ checkpointId: idSchema }),
  'checkpoint:delete': z.object({ checkpointId: idSchema }),
  'person:rename': z.object({ userId: idSchema, name: personNameSchema }),
  'person:role': z.object({ userId: idSchema, role: z.enum(['viewer', 'editor', 'owner']) }),
  /** Ends a membership and all connections of it. With `changeCodes` the codes are replaced first: an old one leads nowhere. */
  'person:remove': z.object({ userId: idSchema, changeCodes: z.optional(z.boolean()) }),
  /** Whether nobody is at the page; said by each connection for its person. */
  'person:idle': z.object({ idle: z.boolean() }),
  /** Lets somebody in who waits in the lobby, or turns them away. */
  'person:admit': z.object({ userId: idSchema, admit: z.boolean() }),
  /** Rests all pens but owners' on one canvas, or (null) on all. */
  'hand:freeze': z.object({ canvasId: z.nullable(idSchema), frozen: z.boolean() }),
  'hand:lock-labels': z.object({ locked: z.boolean() }),
  'hand:hide-names': z.object({ hidden: z.boolean() }),
  'hand:lobby': z.object({ on: z.boolean() }),
  'hand:spotlight': z.object({ canvasId: z.nullable(idSchema) }),
  /** Everybody opens what the caller opens, until the caller leaves or switches it off. */
  'hand:follow': z.object({ on: z.boolean() }),
  /** Ends the session: everybody but owners leaves, and the codes are switched off. False opens it again. */
  'hand:end': z.object({ ended: z.boolean() }),
  /** Opens the scratch pad of the home page: predictions alone, nothing is stored, no session is needed. */
  'scratch:open': z.object({ protocol: z.int() }),
  /** Replaces all finished strokes of the scratch pad, by id. */
  'scratch:set': z.object({
    strokes: z.array(wireStrokeSchema).check(z.maxLength(MAX_STROKES_PER_PAGE)),
  }),
} as const

export type CommandName = keyof typeof commandSchemas
/** What a client sends. */
export type CommandInput<C extends CommandName> = z.input<(typeof commandSchemas)[C]>
/** What a handler receives, after validation. */
export type CommandPayload<C extends CommandName> = z.output<(typeof commandSchemas)[C]>
