import * as z from 'zod/mini'
import {
  classNameSchema,
  personNameSchema,
  projectNameSchema,
  templateSchema,
  type JoinCodes,
  type ProjectInfo,
  type Role,
  type User,
} from './entities.ts'
import { MAX_CLASSES } from './limits.ts'
import { wireStrokeSchema } from './payloads.ts'
import { CODE_LENGTH } from '../ids/id.ts'

/** A join code as typed: case, spaces and dashes do not matter. */
export const codeSchema = z.pipe(
  z.pipe(
    z.string().check(z.maxLength(32)),
    z.transform((code) => code.replace(/[\s-]/gu, '').toUpperCase()),
  ),
  z.string().check(z.regex(new RegExp(`^[A-Z0-9]{${String(CODE_LENGTH)}}$`), 'six letters')),
)

/** Request bodies of the REST endpoints, by `METHOD /path` below /api/v1. */
export const bodySchemas = {
  'POST /session': z.object({ name: personNameSchema, code: z.optional(codeSchema) }),
  'POST /join': z.object({ code: codeSchema }),
  'POST /projects': z.object({
    name: projectNameSchema,
    template: templateSchema,
    classes: z.optional(z.array(classNameSchema).check(z.maxLength(MAX_CLASSES))),
    /** Strokes (encodeStroke, base64) that the creator's own canvas starts with. */
    strokes: z.optional(z.array(wireStrokeSchema).check(z.maxLength(500))),
  }),
  'PATCH /projects/:id': z.object({
    name: z.optional(projectNameSchema),
    settings: z.optional(
      z.object({
        editorsMayManage: z.optional(z.boolean()),
        ownCanvasOpenTo: z.optional(z.enum(['all', 'owner'])),
      }),
    ),
  }),
  'POST /projects/:id/codes': z.object({
    role: z.enum(['editor', 'viewer']),
    action: z.enum(['replace', 'off', 'on']),
  }),
  'POST /projects/:id/owner-link/exchange': z.object({
    secret: z.string().check(z.minLength(20), z.maxLength(100)),
  }),
} as const
export type BodyName = keyof typeof bodySchemas
export type Body<B extends BodyName> = z.output<(typeof bodySchemas)[B]>
export type BodyInput<B extends BodyName> = z.input<(typeof bodySchemas)[B]>

/** POST /session. An existing token in `Authorization: Bearer` keeps the person's id and changes the name. */
export interface SessionReply {
  readonly token: string
  readonly user: User
  readonly joined: { readonly projectId: string; readonly role: Role } | null
}
/** POST /join */
export interface JoinReply {
  readonly projectId: string
  readonly role: Role
}
/** POST /projects: the owner link's secret is shown here once and stored as a hash. */
export interface CreatedReply {
  readonly project: ProjectInfo
  readonly codes: JoinCodes
}
/** GET /projects */
export interface ProjectCard {
  readonly project: ProjectInfo
  readonly role: Role
  readonly drawings: number
  readonly classes: number
  readonly accuracy: number | null
  readonly peopleHere: number
  /** Up to four newest drawings as base64 strokes. */
  readonly thumbnails: readonly (readonly string[])[]
}
export interface ProjectsReply {
  readonly projects: readonly ProjectCard[]
}
/** GET /projects/:id; codes only for owners, and for editors the editor code. */
export interface ProjectReply {
  readonly project: ProjectInfo
  readonly role: Role
  readonly codes: JoinCodes
}
/** POST /projects/:id/owner-link makes a new link and ends the one before; DELETE ends it. */
export interface OwnerLinkReply {
  readonly secret: string
}
/** GET /api/v1/server: what the share sheet and the page need to know of this server. */
export interface ServerReply {
  readonly version: string
  readonly protocol: number
  readonly backend: string
  /** Addresses other devices can use, empty while only this computer can. */
  readonly addresses: readonly string[]
  readonly starterParameters: number
}
/** RFC 9457 problem document (application/problem+json). */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly path?: string
}
