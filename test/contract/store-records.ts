import { createHash } from 'node:crypto'
import { openHand } from '../../server/rooms/new-project.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import type {
  CanvasRecord,
  CheckpointRecord,
  ClassRecord,
  CodeRecord,
  DrawingRecord,
  MemberRecord,
  Opinion,
  PredictionRecord,
  ProjectRecord,
} from '../../server/storage/records.ts'
import type { Store } from '../../server/storage/store.ts'

/** Records with plain values for the store's tests; `change` overrides what a test is about. */
export function aProject(change: Partial<ProjectRecord> = {}): ProjectRecord {
  return {
    id: 'p1',
    name: 'Class 4b',
    template: 'digits',
    createdAt: 1_000,
    settings: { editorsMayManage: false, ownCanvasOpenTo: 'all' },
    training: defaultTrainingSettings,
    trainingPaused: false,
    ownerLinkHash: null,
    hand: openHand,
    ...change,
  }
}

export function aClass(change: Partial<ClassRecord> = {}): ClassRecord {
  return { id: 'c1', projectId: 'p1', name: 'cat', number: 1, removed: false, ...change }
}

export function aMember(change: Partial<MemberRecord> = {}): MemberRecord {
  return { projectId: 'p1', userId: 'u1', role: 'owner', joinedAt: 1_000, ...change }
}

export function aCode(change: Partial<CodeRecord> = {}): CodeRecord {
  return { code: 'ACDEFG', projectId: 'p1', role: 'editor', active: true, usedAt: 1_000, ...change }
}

export function aCanvas(change: Partial<CanvasRecord> = {}): CanvasRecord {
  return {
    id: 'v1',
    projectId: 'p1',
    generation: 1,
    ownerId: 'u1',
    name: 'Mia',
    openTo: 'all',
    createdAt: 1_000,
    deleted: false,
    ...change,
  }
}

export function aDrawing(change: Partial<DrawingRecord> = {}): DrawingRecord {
  return {
    id: 'd1',
    projectId: 'p1',
    canvasId: 'v1',
    pageId: 'g1',
    strokes: [
      { id: 's2', bytes: Uint8Array.of(1, 2, 3) },
      { id: 's1', bytes: Uint8Array.of(4) },
    ],
    contributorIds: ['u1', 'u2'],
    split: 'train',
    at: 2_000,
    withdrawn: false,
    raster: { recipe: 'mnist', version: 1, pixels: patternBytes(784, 5) },
    ...change,
  }
}

export function anOpinion(classId: string | null, idempotencyKey: string, at = 2_000): Opinion {
  return { classId, userId: 'u1', at, idempotencyKey }
}

export function aPrediction(at: number, change: Partial<PredictionRecord> = {}): PredictionRecord {
  return {
    id: `h${String(at)}`,
    projectId: 'p1',
    at,
    prediction: {
      canvasId: 'v1',
      pageId: 'g1',
      strokeId: 's1',
      points: 12,
      strokePoints: 4,
      modelVersion: 3,
      probabilities: [0.75, 0.25],
    },
    classIds: ['c1', 'c2'],
    drawingId: null,
    ...change,
  }
}

export function aCheckpoint(
  id: string,
  blob: Uint8Array,
  change: Partial<CheckpointRecord> = {},
): CheckpointRecord {
  return {
    id,
    projectId: 'p1',
    at: 3_000,
    step: 30,
    reason: 'schedule',
    checksum: createHash('sha256').update(blob).digest('hex'),
    bytes: blob.byteLength,
    version: 2,
    pinned: false,
    name: null,
    accuracy: 0.875,
    accuracyKind: 'test',
    loss: 0.25,
    trainedTo: 12,
    classIds: ['c1', 'c2'],
    family: 'cnn',
    fromId: null,
    ...change,
  }
}

/** Bytes that look random and are the same each time. */
export function patternBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2_654_435_761) >>> 13) & 255)
}

/** A project `p1` with classes `c1` 'cat' and `c2` 'dog', owner `u1`, code ACDEFG and canvas `v1`. */
export async function fillStore(store: Pick<Store, 'createProject' | 'putCanvas'>): Promise<void> {
  await store.createProject(aProject(), [aClass(), aClass({ id: 'c2', name: 'dog', number: 2 })], aMember(), [
    aCode(),
  ])
  await store.putCanvas(aCanvas())
}
