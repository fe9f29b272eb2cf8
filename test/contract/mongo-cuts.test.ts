import { MongoClient } from 'mongodb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import type { BackupKind, BackupRecord } from '../../server/storage/records.ts'
import type { MongoOperations } from '../../server/storage/mongo/mongo-operations.ts'
import { missingPart } from '../support/missing-part.ts'
import { MongoDisk } from '../support/mongo-disk.ts'
import { mongoServer } from '../support/mongo-server.ts'
import {
  aCanvas,
  aCheckpoint,
  aClass,
  aCode,
  aDrawing,
  aMember,
  anOpinion,
  aPrediction,
  aProject,
  fillStore,
  patternBytes,
} from './store-records.ts'

const kinds: readonly BackupKind[] = [
  'meta',
  'user',
  'project',
  'code',
  'class',
  'member',
  'canvas',
  'drawing',
  'prediction',
  'accuracy',
  'checkpoint',
  'deletion',
  'deleted-page',
]

const server = await mongoServer()
if ('missing' in server) missingPart('tests of calls that are cut off on MongoDB', server.missing)

describe.skipIf('missing' in server)('calls over MongoDB that are cut off', () => {
  if ('missing' in server) return
  const url = server.freshDatabase()
  const client = new MongoClient(url)
  const disk = new MongoDisk(client.db())

  beforeEach(() => disk.wipe())
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  const blob = patternBytes(300_000, 1)
  const calls: readonly {
    readonly name: string
    /** Looks at the lease in the call, at least: those around its writes. */
    readonly looks: number
    readonly call: (store: MongoOperations) => Promise<unknown>
  }[] = [
    {
      name: 'createProject',
      looks: 6,
      call: (store) =>
        store.createProject(
          aProject({ id: 'p2' }),
          [aClass({ id: 'c9', projectId: 'p2' })],
          aMember({ projectId: 'p2' }),
          [aCode({ code: 'GHJKMN', projectId: 'p2' })],
        ),
    },
    {
      name: 'putCode',
      looks: 4,
      call: (store) => store.putCode(aCode({ code: 'WXYWXY' })),
    },
    {
      name: 'addDrawing',
      looks: 4,
      call: (store) => store.addDrawing(aDrawing({ id: 'd9' }), anOpinion('c1', 'k9'), 'k9'),
    },
    {
      name: 'addOpinion',
      looks: 4,
      call: (store) => store.addOpinion('d1', anOpinion('c2', 'k9')),
    },
    {
      name: 'snapshotCanvas',
      looks: 6,
      call: (store) => store.snapshotCanvas('v1', largeUpdate(), 2),
    },
    {
      name: 'resetCanvas',
      looks: 4,
      call: (store) => store.resetCanvas('v1', Uint8Array.of(0, 0)),
    },
    {
      name: 'putCheckpoint',
      looks: 4,
      call: (store) => store.putCheckpoint(aCheckpoint('k9', blob), blob),
    },
    {
      name: 'deleteDrawings',
      looks: 12,
      call: (store) =>
        store.deleteDrawings('p1', ['d1', 'd2'], {
          id: 'n1',
          projectId: 'p1',
          at: 5_000,
          byUserId: 'u1',
          kind: 'person',
          userId: 'u1',
          drawings: 0,
          firstSeq: 0,
        }),
    },
    {
      name: 'deleteProject',
      looks: 12,
      call: (store) => store.deleteProject('p1'),
    },
    {
      name: 'commitRestore',
      looks: 4,
      async call(store) {
        await store.beginRestore()
        await store.writeRecords([
          { kind: 'project', value: aProject({ id: 'p7' }) },
          { kind: 'class', value: aClass({ projectId: 'p7' }) },
          { kind: 'canvas', value: { record: aCanvas({ projectId: 'p7' }), log: null, clients: [] } },
        ])
        await store.commitRestore()
      },
    },
  ]

  for (const { name, looks, call } of calls) {
    it(`[MONGO-3] ${name}, cut off at any moment, has happened as a whole or not at all`, async () => {
      await fill((await disk.open()).operations)
      const before = await dump((await disk.open()).operations)
      const whole = await disk.open()
      await call(whole.operations)
      const after = await dump((await disk.open()).operations)
      expect(after).not.toEqual(before)
      expect(whole.fence.looks).toBeGreaterThanOrEqual(looks)

      const seen = new Set<string>()
      for (let cutAt = 1; cutAt <= whole.fence.looks; cutAt++) {
        await disk.wipe()
        await fill((await disk.open()).operations)
        const { operations } = await disk.open(cutAt)
        const isDone = await call(operations).then(
          () => true,
          () => false,
        )
        const found = await dump((await disk.open()).operations)
        const is = isSame(found, after) ? 'after' : 'before'
        seen.add(is)
        expect({ cutAt, found }).toEqual({ cutAt, found: is === 'after' ? after : before })
        if (isDone) expect(is).toBe('after')
      }
      expect([...seen].sort()).toEqual(['after', 'before'])
    })
  }
})

/** A project with a drawing in each state, an update with its client, guesses and a checkpoint. */
async function fill(store: MongoOperations): Promise<void> {
  await fillStore(store)
  await store.appendCanvas('v1', Uint8Array.of(0, 0), [{ clientId: 7, userId: 'u1' }])
  await store.appendCanvas('v1', Uint8Array.of(0, 0), [{ clientId: 8, userId: 'u2' }])
  await store.addDrawing(aDrawing(), anOpinion('c1', 'k1'), 'k1')
  await store.addDrawing(aDrawing({ id: 'd2', pageId: 'g2' }), anOpinion('c2', 'k2'), 'k2')
  await store.addPredictions([
    aPrediction(1, { id: 'h1', drawingId: 'd1' }),
    aPrediction(2, { id: 'h2', drawingId: null }),
  ])
  const bytes = patternBytes(100, 3)
  await store.putCheckpoint(aCheckpoint('k1', bytes), bytes)
}

/** All that the store holds. */
async function dump(store: MongoOperations): Promise<BackupRecord[]> {
  const records: BackupRecord[] = []
  for (const kind of kinds) {
    let after: string | null = null
    do {
      const page = await store.readRecords(kind, after, 100)
      records.push(...page.items)
      after = page.next
    } while (after !== null)
  }
  return records
}

/** A snapshot that is a file of its own. */
function largeUpdate(): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 7
  doc.getText('large').insert(0, 'x'.repeat(300_000))
  return Y.encodeStateAsUpdate(doc)
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
