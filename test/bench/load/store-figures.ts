import { createHash } from 'node:crypto'
import * as Y from 'yjs'
import { openHand } from '../../../server/rooms/new-project.ts'
import {
  CHECKPOINT_VERSION,
  type CheckpointRecord,
  type DrawingRecord,
  type Opinion,
} from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import { applyStored } from '../../../server/sync/stored-document.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { appendPage, currentPage, pagesOf, putStroke, rawStrokes } from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import { RASTER_LENGTH, RASTER_VERSION } from '../../../shared/raster/rasterise.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { loadDigits } from '../../support/fixtures.ts'
import { quantile } from '../../support/quantile.ts'
import type { Figures } from '../options.ts'

/** People whose writes are under way at once. */
const AT_ONCE = 30
const CHECKPOINT_BYTES = 3_300_000
const TIMES = 5
/** Of a canvas's strokes, those that no snapshot holds yet. */
const TAIL = 199

export const PROJECT = 'p'

export interface StoreLoad {
  readonly labels: number
  readonly appends: number
  readonly strokes: number
}

/** What a store does alone: labels, appends, checkpoints and a large canvas. The figures' names end in `_driver`. */
export async function storeFigures(store: Store, driver: string, load: StoreLoad): Promise<Figures> {
  await fillProject(store)
  const drawings = loadDigits(1_000).map(({ strokes }) =>
    strokes.map((stroke) => ({ id: newId(), bytes: encodeStroke(stroke) })),
  )
  const labelsMs = await timed(() =>
    sideBySide(load.labels, async (i) => {
      const drawing = drawingOf(i, drawings[i % drawings.length] ?? [])
      await store.addDrawing(drawing, opinionOf(i), `key${String(i)}`)
    }),
  )
  const { total } = await store.countDrawings(PROJECT)
  const stroke = drawings[0]?.[0]?.bytes ?? new Uint8Array(200)
  const appendsMs = await timed(() =>
    sideBySide(load.appends, async (i) => {
      await store.appendCanvas(`c${String(i % AT_ONCE)}`, stroke, [])
    }),
  )
  const checkpoints = await checkpointFigures(store)
  const canvas = await canvasFigures(store, load.strokes)
  return {
    [`labels_per_s_${driver}`]: perSecond(load.labels, labelsMs),
    [`labels_kept_${driver}`]: total === load.labels ? 1 : 0,
    [`stroke_appends_per_s_${driver}`]: perSecond(load.appends, appendsMs),
    [`checkpoint_write_ms_${driver}`]: checkpoints.write,
    [`checkpoint_read_ms_${driver}`]: checkpoints.read,
    [`checkpoint_equal_${driver}`]: checkpoints.equal,
    [`load_canvas_ms_${driver}`]: canvas.ms,
    [`canvas_strokes_${driver}`]: canvas.strokes,
  }
}

/** A project with the canvases that all of it is about. */
export async function fillProject(store: Store): Promise<void> {
  await store.createProject(
    {
      id: PROJECT,
      name: 'A class',
      template: 'digits',
      createdAt: 1,
      settings: { editorsMayManage: false, ownCanvasOpenTo: 'all' },
      training: defaultTrainingSettings,
      trainingPaused: false,
      ownerLinkHash: null,
      hand: openHand,
    },
    [],
    { projectId: PROJECT, userId: 'u0', role: 'owner', joinedAt: 1 },
    [],
  )
  const record = { projectId: PROJECT, generation: 1, ownerId: null, openTo: 'all', deleted: false } as const
  for (let i = 0; i < AT_ONCE; i++)
    await store.putCanvas({ ...record, id: `c${String(i)}`, name: 'A canvas', createdAt: i })
}

export function drawingOf(i: number, strokes: DrawingRecord['strokes']): DrawingRecord {
  return {
    id: `d${String(i)}`,
    projectId: PROJECT,
    canvasId: `c${String(i % AT_ONCE)}`,
    pageId: `g${String(i)}`,
    strokes,
    contributorIds: [authorOf(i)],
    split: 'train',
    at: i,
    withdrawn: false,
    raster: { recipe: 'mnist', version: RASTER_VERSION, pixels: new Uint8Array(RASTER_LENGTH).fill(i % 256) },
  }
}

export function opinionOf(i: number): Opinion {
  return { classId: classOf(i), userId: authorOf(i), at: i, idempotencyKey: `key${String(i)}` }
}

export function classOf(i: number): string {
  return `class${String(i % 10)}`
}

export function authorOf(i: number): string {
  return `author${String(Math.floor(i / 10) % AT_ONCE)}`
}

async function checkpointFigures(store: Store): Promise<{ write: number; read: number; equal: number }> {
  const write: number[] = []
  const read: number[] = []
  let equal = 1
  for (let i = 0; i < TIMES; i++) {
    const blob = Uint8Array.from(
      { length: CHECKPOINT_BYTES },
      (_, j) => (Math.imul(i + j, 2_654_435_761) >>> 13) & 255,
    )
    const record = checkpointOf(i, blob)
    write.push(await timed(() => store.putCheckpoint(record, blob)))
    const from = performance.now()
    const back = await store.readCheckpoint(record.id)
    read.push(performance.now() - from)
    if (Buffer.compare(back.blob, blob) !== 0) equal = 0
  }
  return { write: rounded(quantile(write, 0.5)), read: rounded(quantile(read, 0.5)), equal }
}

function checkpointOf(i: number, blob: Uint8Array): CheckpointRecord {
  return {
    id: `k${String(i)}`,
    projectId: PROJECT,
    at: i,
    step: i,
    reason: 'schedule',
    version: CHECKPOINT_VERSION,
    checksum: createHash('sha256').update(blob).digest('hex'),
    bytes: blob.byteLength,
    pinned: false,
    name: null,
    accuracy: null,
    accuracyKind: null,
    loss: null,
    trainedTo: i,
    classIds: [],
    family: 'cnn',
    fromId: null,
  }
}

/** A canvas of so many strokes, as a room leaves it: most in a snapshot, the newest as updates; read into a document. */
async function canvasFigures(store: Store, strokes: number): Promise<{ ms: number; strokes: number }> {
  const canvasId = 'c0'
  await store.resetCanvas(canvasId, null)
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update) => updates.push(update))
  const digits = loadDigits(1_000).flatMap((digit) => digit.strokes)
  for (let i = 0; i < strokes; i++) {
    if (i % 500 === 0) appendPage(doc, `page${String(i)}`)
    const page = currentPage(doc)
    const stroke = digits[i % digits.length]
    if (page && stroke) putStroke(page, newId(), stroke)
  }
  const early = Y.mergeUpdates(updates.slice(0, -TAIL))
  const position = await store.appendCanvas(canvasId, early, [])
  await store.snapshotCanvas(canvasId, early, position)
  for (const update of updates.slice(-TAIL)) await store.appendCanvas(canvasId, update, [])
  const ms: number[] = []
  let loaded = 0
  for (let i = 0; i < TIMES; i++) {
    const from = performance.now()
    const copy = new Y.Doc()
    for (const work = applyStored(copy, await store.loadCanvas(canvasId)); work.next().done !== true;);
    ms.push(performance.now() - from)
    loaded = pagesOf(copy)
      .toArray()
      .reduce((sum, page) => sum + rawStrokes(page).size, 0)
  }
  return { ms: rounded(quantile(ms, 0.5)), strokes: loaded }
}

/** Runs `count` tasks, at most AT_ONCE of them at a time. */
export async function sideBySide(count: number, task: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async (): Promise<void> => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await task()
  return performance.now() - from
}

function perSecond(count: number, ms: number): number {
  return Math.round((1_000 * count) / ms)
}

export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
