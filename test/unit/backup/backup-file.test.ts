import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BackupError } from '../../../server/backup/backup-error.ts'
import { encodeFrame } from '../../../server/backup/frames.ts'
import { readBackup } from '../../../server/backup/read-backup.ts'
import { stageBackup, verifyBackup } from '../../../server/backup/stage-backup.ts'
import { writeBackup } from '../../../server/backup/write-backup.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import type { BackupRecord } from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import { fillEverything, readAll } from '../../contract/full-store.ts'
import { aDrawing, aMember, aPrediction, aProject } from '../../contract/store-records.ts'
import { MemoryDisk } from '../../fuzz/memory-store.ts'

const OPTIONS = { now: 1_000, program: '0.1.0' }
let file: Buffer = Buffer.alloc(0)
let written: readonly BackupRecord[] = []

beforeAll(async () => {
  const sqlite = await loadDriver(['better-sqlite3', 'libsql'])
  const store = new MemoryDisk(sqlite, { commitMs: () => 0, answerMs: () => 0 }).open()
  await fillEverything(store)
  written = await readAll(store)
  file = await gathered(writeBackup(store, OPTIONS))
})

describe('the file of a backup', () => {
  it('[BACKUP-8] holds every record as it was, with what it is and how many there are', async () => {
    const records: BackupRecord[] = []
    const contents = await readBackup(inPieces(file, 777), (batch) => {
      records.push(...batch)
      return Promise.resolve()
    })
    expect(records.map(plain)).toEqual(written.map(plain))
    expect(contents).toMatchObject({ createdAt: 1_000, program: '0.1.0', bytes: file.byteLength })
    expect(contents.counts).toMatchObject({ drawing: 3, checkpoint: 2, project: 1, canvas: 2 })
  })

  it('[BACKUP-9] is refused with any bit changed, wherever', async () => {
    const place = fc.tuple(fc.nat(file.byteLength - 1), fc.nat(7))
    const firstAndLast = [0, 18, 22, 23, file.byteLength - 1].map((at) => [[at, 0]] as [[number, number]])
    await fc.assert(
      fc.asyncProperty(place, async ([at, bit]) => {
        const changed = Buffer.from(file)
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
        await expect(verifyBackup(inPieces(changed, 4_096))).rejects.toBeInstanceOf(BackupError)
      }),
      { numRuns: 300, seed: 5, examples: firstAndLast },
    )
  })

  it('[BACKUP-9] is refused where it is cut, goes on, or has its parts in another order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(file.byteLength - 1), async (length) => {
        await expect(verifyBackup(inPieces(file.subarray(0, length), 4_096))).rejects.toThrow(/cut off/)
      }),
      { numRuns: 60, seed: 6 },
    )
    await expect(verifyBackup(inPieces(Buffer.concat([file, Buffer.of(0)]), 999))).rejects.toThrow(/follows/)
    const frames = framesOf(file)
    for (const [a, b] of [
      [2, 3],
      [1, 2],
      [5, frames.length - 2],
    ] as const) {
      const swapped = [...frames]
      ;[swapped[a], swapped[b]] = [frames[b] ?? Buffer.alloc(0), frames[a] ?? Buffer.alloc(0)]
      await expect(verifyBackup(inPieces(Buffer.concat(swapped), 999))).rejects.toThrow(/damaged/)
    }
  })

  it('[BACKUP-9] of something else, or of a newer version, is refused and said to be so', async () => {
    await expect(verifyBackup(inPieces(Buffer.from('PK\u0003\u0004'.repeat(100)), 64))).rejects.toThrow(
      /no backup of Trainboard/,
    )
    await expect(verifyBackup(inPieces(Buffer.alloc(0), 64))).rejects.toThrow(/cut off/)
    const newer = Buffer.from(file)
    newer.writeUInt32BE(2, 18)
    await expect(verifyBackup(inPieces(newer, 64))).rejects.toThrow(/format 2, of a newer Trainboard/)
  })

  it('[BACKUP-10] what belongs to something that was deleted meanwhile is left out, and counted', async () => {
    const kinds: Partial<Record<string, readonly BackupRecord[]>> = {
      drawing: [
        { kind: 'drawing', value: strayDrawing },
        { kind: 'drawing', value: { ...strayDrawing, id: 'd2', projectId: 'p1' } },
        { kind: 'drawing', value: { ...strayDrawing, id: 'd3', projectId: 'p1', pageId: 'g2' } },
      ],
      prediction: [{ kind: 'prediction', value: strayPrediction }],
      'deleted-page': [{ kind: 'deleted-page', value: { canvasId: 'v1', pageId: 'g1', projectId: 'p1' } }],
      member: [{ kind: 'member', value: aMember({ userId: 'u9' }) }],
      project: [{ kind: 'project', value: aProject() }],
    }
    const source: Pick<Store, 'info' | 'readRecords'> = {
      info: { driver: 'none', durability: '' },
      readRecords: (kind) => Promise.resolve({ items: kinds[kind] ?? [], next: null }),
    }
    const stray = await gathered(writeBackup(source, OPTIONS))
    const staged = new Staged()
    const report = await stageBackup(staged, inPieces(stray, 999), await verifyBackup(inPieces(stray, 999)))
    expect(report.dropped).toEqual({ drawing: 2, prediction: 1, member: 1 })
    expect(staged.records.map(({ kind }) => kind)).toEqual(['drawing', 'deleted-page', 'project'])
    expect(staged.records[0]?.value).toMatchObject({ id: 'd3' })
  })

  it('[BACKUP-11] a file that changed after it was checked stages nothing', async () => {
    const verified = await verifyBackup(inPieces(file, 999))
    const staged = new Staged()
    const other = await gathered(writeBackup(emptyStore, OPTIONS))
    await expect(stageBackup(staged, inPieces(other, 999), verified)).rejects.toThrow(/changed between/)
    expect(staged.aborted).toBe(true)
  })

  it('[BACKUP-8] takes records of any size, and keeps large ones in pieces', async () => {
    const blob = new Uint8Array(3_500_000).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24)
    const pieces = await encodeFrame('records', blob)
    expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(1 << 20)
  })
})

const emptyStore: Pick<Store, 'info' | 'readRecords'> = {
  info: { driver: 'none', durability: '' },
  readRecords: () => Promise.resolve({ items: [], next: null }),
}

const strayDrawing = {
  ...aDrawing({ projectId: 'gone' }),
  raster: null,
  opinions: [],
  classId: null,
  toSort: true,
  seq: 1,
  firstSeq: 1,
  keys: [],
}

const { prediction } = aPrediction(1)
const strayPrediction = aPrediction(1, { prediction: { ...prediction, canvasId: 'v1', pageId: 'g1' } })

class Staged implements Pick<Store, 'beginRestore' | 'writeRecords' | 'abortRestore'> {
  readonly records: BackupRecord[] = []
  aborted = false
  beginRestore(): Promise<void> {
    return Promise.resolve()
  }
  writeRecords(records: readonly BackupRecord[]): Promise<void> {
    this.records.push(...records)
    return Promise.resolve()
  }
  abortRestore(): Promise<void> {
    this.aborted = true
    return Promise.resolve()
  }
}

/** With the digest of bytes in their place. */
function plain(record: BackupRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value,
  )
}

async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += size)
    yield await Promise.resolve(bytes.subarray(from, from + size))
}

/** The start of the file and its frames, by the lengths they name. */
function framesOf(bytes: Buffer): Buffer[] {
  const frames = [bytes.subarray(0, 22)]
  for (let at = 22; at < bytes.byteLength;) {
    const end = at + 10 + bytes.readUInt32BE(at + 2)
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return frames
}
