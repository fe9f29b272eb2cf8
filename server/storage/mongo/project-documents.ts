import * as z from 'zod'
import { templateSchema } from '../../../shared/protocol/entities.ts'
import { trainingSettingsSchema } from '../../../shared/training/settings.ts'
import type { ClassRecord, CodeRecord, ProjectRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import type { StoredDocument } from './collections.ts'
import { read } from './documents.ts'
import type { MongoContext } from './fence.ts'

/*
 * A project is one document with its classes and codes in it, so that each change of them is one atomic write.
 */

const openToSchema = z.enum(['all', 'owner'])
const classSchema = z.object({ id: z.string(), name: z.string(), number: z.number(), removed: z.boolean() })
const codeSchema = z.object({
  code: z.string(),
  role: z.enum(['editor', 'viewer']),
  active: z.boolean(),
  usedAt: z.number(),
})
const projectSchema = z.object({
  _id: z.string(),
  name: z.string(),
  template: templateSchema,
  createdAt: z.number(),
  settings: z.object({ editorsMayManage: z.boolean(), ownCanvasOpenTo: openToSchema }),
  training: trainingSettingsSchema,
  trainingPaused: z.boolean(),
  ownerLinkHash: z.string().nullable(),
  hand: z.object({
    frozenAll: z.boolean(),
    frozenCanvasIds: z.array(z.string()),
    labelsLocked: z.boolean(),
    namesHidden: z.boolean(),
    lobby: z.boolean(),
    ended: z.boolean(),
  }),
  classes: z.array(classSchema),
  codes: z.array(codeSchema),
  seqFloor: z.number(),
  deleted: z.boolean(),
})

/** A project as it lies in the database. */
export interface ProjectDocument {
  readonly project: ProjectRecord
  readonly classes: readonly ClassRecord[]
  readonly codes: readonly CodeRecord[]
  /** Least `seq` that was given away, though no drawing has it any more. */
  readonly seqFloor: number
  /** Being deleted: what belongs to it goes, then the document. */
  readonly deleted: boolean
}

/** Null for one that does not exist or is being deleted. */
export async function findProject(context: MongoContext, id: string): Promise<ProjectDocument | null> {
  const document = await context.collection('projects').findOne({ _id: id })
  const found = document && toProject(document)
  return found?.deleted === true ? null : found
}

/** @throws StoreError `not-found` */
export async function requireProject(context: MongoContext, id: string): Promise<ProjectDocument> {
  const found = await findProject(context, id)
  if (!found) throw new StoreError('not-found', `no project ${id}`)
  return found
}

export function toProject(document: unknown): ProjectDocument {
  const { _id, classes, codes, seqFloor, deleted, ...project } = read(projectSchema, document, 'project')
  return {
    project: { id: _id, ...project },
    classes: classes.map((record) => ({ projectId: _id, ...record })),
    codes: codes.map((code) => ({ projectId: _id, ...code })),
    seqFloor,
    deleted,
  }
}

export function projectDocument(
  { id, ...project }: ProjectRecord,
  classes: readonly ClassRecord[],
  codes: readonly CodeRecord[],
): StoredDocument {
  return {
    _id: id,
    ...project,
    classes: classes.map(classPart),
    codes: codes.map(codePart),
    seqFloor: 0,
    deleted: false,
  }
}

export function classPart({ id, name, number, removed }: ClassRecord): z.infer<typeof classSchema> {
  return { id, name, number, removed }
}

export function codePart({ code, role, active, usedAt }: CodeRecord): z.infer<typeof codeSchema> {
  return { code, role, active, usedAt }
}

/** The key of the queue in which a project's writes go one after another. */
export function projectKey(projectId: string): string {
  return `project:${projectId}`
}
