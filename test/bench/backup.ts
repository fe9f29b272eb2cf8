import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import * as Y from 'yjs'
import { stageBackup, verifyBackup } from '../../server/backup/stage-backup.ts'
import { writeBackup } from '../../server/backup/write-backup.ts'
import { openHand } from '../../server/rooms/new-project.ts'
import { openStore } from '../../server/storage/open.ts'
import type { Store } from '../../server/storage/store.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { newId } from '../../shared/ids/id.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import { recordDigests } from '../support/backup-digest.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { loadDigits } from '../support/fixtures.ts'
import { mongoServer } from '../support/mongo-server.ts'
import type { BenchOptions, Figures } from './options.ts'

const CHECKPOINT_BYTES = 1_300_000
const CANVAS_STROKES = 40

/**
 * Moves the data of a class from SQLite over a file to MongoDB, and from there over a file to another SQLite, and compares
 * every record with its bytes. Without a MongoDB it goes from SQLite to SQLite alone, which `by` says.
 */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  const folder = temporaryFolder()
  const log = { info: () => undefined, error: () => undefined }
  const [first, second, last] = ['1', '2', '3'].map((name) => join(folder, `${name}.backup`)) as [
    string,
    string,
    string,
  ]
  const figures: Figures = {}
  const sqlite = (name: string): Promise<Store> => openStore({ dataDir: join(folder, name), log })

  const source = await sqlite('from')
  await fill(source, quick ? 150 : 20_000, quick ? 2 : 20)
  figures['sqlite_backup_mb_s'] = await backUp(source, first)
  await source.close()

  // It ends with this process.
  const mongo = await mongoServer()
  let between = first
  if ('missing' in mongo) figures['by'] = `sqlite alone: ${mongo.missing}`
  else {
    figures['by'] = mongo.kind
    const store = await openStore({ dataDir: folder, mongodbUrl: mongo.freshDatabase(), log })
    figures['mongo_restore_mb_s'] = await restore(store, first)
    figures['mongo_backup_mb_s'] = await backUp(store, second)
    await store.close()
    between = second
  }

  const target = await sqlite('into')
  figures['sqlite_restore_mb_s'] = await restore(target, between)
  await backUp(target, last)
  await target.close()
  const [before, after] = [await recordDigests(first), await recordDigests(last)]
  figures['records'] = before.length
  figures['file_mb'] = round((await stat(first)).size / 1e6)
  figures['roundtrip_equal'] = before.length > 0 && before.join() === after.join() ? 1 : 0
  await rm(folder, { recursive: true, force: true })
  return figures
}

/** Answers MB of the file a second. */
async function backUp(store: Store, file: string): Promise<number> {
  const from = performance.now()
  await pipeline(writeBackup(store, { now: Date.now(), program: 'bench' }), createWriteStream(file))
  return speed((await stat(file)).size, from)
}

async function restore(store: Store, file: string): Promise<number> {
  const from = performance.now()
  const read = (): AsyncIterable<Buffer> => createReadStream(file) as AsyncIterable<Buffer>
  await stageBackup(store, read(), await verifyBackup(read()))
  await store.commitRestore()
  return speed((await stat(file)).size, from)
}

function speed(bytes: number, from: number): number {
  return round(bytes / 1e3 / (performance.now() - from))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

async function fill(store: Store, drawings: number, projects: number): Promise<void> {
  const digits = loadDigits()
  await store.putMeta('session-secret', newId())
  for (let p = 0; p < projects; p++) {
    const [projectId, userId, canvasId] = [newId(), newId(), newId()]
    await store.putUser({ id: userId, name: `Person ${String(p)}`, animal: 'owl', pen: 1, createdAt: p })
    const classes = Array.from({ length: 10 }, (_, i) => ({
      id: newId(),
      projectId,
      name: String(i),
      number: i + 1,
      removed: false,
    }))
    await store.createProject(
      {
        id: projectId,
        name: `Class ${String(p)}`,
        template: 'digits',
        createdAt: p,
        settings: { editorsMayManage: false, ownCanvasOpenTo: 'all' },
        training: defaultTrainingSettings,
        trainingPaused: false,
        ownerLinkHash: null,
        hand: openHand,
      },
      classes,
      { projectId, userId, role: 'owner', joinedAt: p },
      [{ code: newId().slice(0, 6), projectId, role: 'editor', active: true, usedAt: p }],
    )
    await fillCanvas(store, projectId, canvasId, userId)
    const count = Math.ceil(drawings / projects)
    for (let from = 0; from < count; from += 200)
      await Promise.all(
        Array.from({ length: Math.min(200, count - from) }, async (_, i) => {
          const digit = digits[(from + i) % digits.length]
          const key = newId()
          await store.addDrawing(
            {
              id: newId(),
              projectId,
              canvasId,
              pageId: newId(),
              strokes: (digit?.strokes ?? []).map((stroke) => ({ id: newId(), bytes: encodeStroke(stroke) })),
              contributorIds: [userId],
              split: i % 10 === 0 ? 'test' : 'train',
              at: from + i,
              withdrawn: false,
              raster: { recipe: 'mnist', version: 1, pixels: new Uint8Array(784).fill(i % 256) },
            },
            {
              classId: classes[Number(digit?.label ?? 0)]?.id ?? null,
              userId,
              at: from + i,
              idempotencyKey: key,
            },
            key,
          )
        }),
      )
    const blob = Uint8Array.from(
      { length: CHECKPOINT_BYTES },
      (_, i) => Math.imul(i + p, 2_654_435_761) >>> 24,
    )
    await store.putCheckpoint(
      {
        id: newId(),
        projectId,
        at: p,
        step: p,
        reason: 'schedule',
        version: 1,
        checksum: createHash('sha256').update(blob).digest('hex'),
        bytes: blob.byteLength,
        pinned: false,
        name: null,
        accuracy: 0.5,
        accuracyKind: 'test',
        loss: 1,
        trainedTo: count,
        classIds: classes.map(({ id }) => id),
        family: 'cnn',
        fromId: null,
      },
      blob,
    )
  }
}

async function fillCanvas(store: Store, projectId: string, id: string, userId: string): Promise<void> {
  await store.putCanvas({
    id,
    projectId,
    generation: 1,
    ownerId: userId,
    name: 'A canvas',
    openTo: 'all',
    createdAt: 1,
    deleted: false,
  })
  const doc = new Y.Doc()
  for (let i = 0; i < CANVAS_STROKES; i++) {
    const known = Y.encodeStateVector(doc)
    doc.getMap('strokes').set(String(i), new Uint8Array(300).fill(i))
    const clients = i === 0 ? [{ clientId: doc.clientID, userId }] : []
    await store.appendCanvas(id, Y.encodeStateAsUpdate(doc, known), clients)
  }
}
