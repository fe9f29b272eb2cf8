import { z } from 'zod'
import { animals, checkpointReasons, roles, splits, templates } from '../../shared/protocol/entities.ts'
import { recipes } from '../../shared/raster/recipe.ts'
import { families, trainingSettingsSchema } from '../../shared/training/settings.ts'
import type { BackupKind, BackupValues } from '../storage/records.ts'

export type RecordSchemas = { readonly [K in BackupKind]: z.ZodType<BackupValues[K]> }

const id = z.string().min(1).max(200)
const text = z.string().max(10_000)
const count = z.int().min(0)
const openTo = z.enum(['all', 'owner'])
const share = z.number()
const accuracyKind = z.enum(['test', 'prequential'])

/** What a record of each kind must be. `part`: the schema of bytes, which are kept beside the records. */
export function recordSchemas(part: z.ZodType<Uint8Array>): RecordSchemas {
  const checkpoint = z.strictObject({
    id,
    projectId: id,
    at: z.number(),
    step: count,
    reason: z.enum(checkpointReasons),
    version: count,
    checksum: text,
    bytes: count,
    pinned: z.boolean(),
    name: text.nullable(),
    accuracy: share.nullable(),
    accuracyKind: accuracyKind.nullable(),
    loss: z.number().nullable(),
    trainedTo: count,
    classIds: z.array(id),
    family: z.enum(families).default('cnn'),
    fromId: id.nullable(),
  })
  const raster = z.strictObject({ recipe: z.enum(recipes), version: count, pixels: part })
  const opinion = z.strictObject({ classId: id.nullable(), userId: id, at: z.number(), idempotencyKey: text })
  return {
    meta: z.strictObject({ key: id, value: text }),
    user: z.strictObject({ id, name: text, animal: z.enum(animals), pen: count, createdAt: z.number() }),
    project: z.strictObject({
      id,
      name: text,
      template: z.enum(templates),
      createdAt: z.number(),
      settings: z.strictObject({ editorsMayManage: z.boolean(), ownCanvasOpenTo: openTo }),
      training: trainingSettingsSchema,
      trainingPaused: z.boolean(),
      ownerLinkHash: text.nullable(),
      hand: z.strictObject({
        frozenAll: z.boolean(),
        frozenCanvasIds: z.array(id),
        labelsLocked: z.boolean(),
        namesHidden: z.boolean(),
        lobby: z.boolean(),
        ended: z.boolean(),
      }),
    }),
    code: z.strictObject({
      code: id,
      projectId: id,
      role: z.enum(['editor', 'viewer']),
      active: z.boolean(),
      usedAt: z.number(),
    }),
    class: z.strictObject({ id, projectId: id, name: text, number: count, removed: z.boolean() }),
    member: z.strictObject({ projectId: id, userId: id, role: z.enum(roles), joinedAt: z.number() }),
    canvas: z.strictObject({
      record: z.strictObject({
        id,
        projectId: id,
        generation: count,
        ownerId: id.nullable(),
        name: text,
        openTo,
        createdAt: z.number(),
        deleted: z.boolean(),
      }),
      log: part.nullable(),
      clients: z.array(z.strictObject({ clientId: count, userId: id })),
    }),
    drawing: z.strictObject({
      id,
      projectId: id,
      canvasId: id,
      pageId: id,
      strokes: z.array(z.strictObject({ id, bytes: part })),
      contributorIds: z.array(id),
      split: z.enum(splits),
      at: z.number(),
      withdrawn: z.boolean(),
      raster: raster.nullable(),
      opinions: z.array(opinion),
      classId: id.nullable(),
      toSort: z.boolean(),
      seq: count,
      firstSeq: count,
      keys: z.array(text),
    }),
    prediction: z.strictObject({
      id,
      projectId: id,
      at: z.number(),
      prediction: z.strictObject({
        canvasId: id,
        pageId: text,
        strokeId: text,
        points: count,
        strokePoints: count,
        modelVersion: count,
        probabilities: z.array(share),
      }),
      classIds: z.array(id),
      drawingId: id.nullable(),
    }),
    accuracy: z.strictObject({
      projectId: id,
      point: z.strictObject({
        at: z.number(),
        step: count,
        share,
        low: share,
        high: share,
        kind: accuracyKind,
      }),
    }),
    checkpoint: z.strictObject({ record: checkpoint, blob: part }),
    deletion: z.strictObject({
      id,
      projectId: id,
      at: z.number(),
      byUserId: id,
      kind: z.enum(['drawing', 'person']),
      userId: id.nullable(),
      drawings: count,
      firstSeq: count,
    }),
    'deleted-page': z.strictObject({ canvasId: id, pageId: id, projectId: id }),
  }
}
