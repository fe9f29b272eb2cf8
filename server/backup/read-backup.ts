import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { BackupKind, BackupRecord } from '../storage/records.ts'
import { BackupError } from './backup-error.ts'
import { FrameReader, type Frame, type FrameType } from './frames.ts'
import { backupKinds } from './kinds.ts'
import { recordUnpacker } from './record-batches.ts'

export interface BackupContents {
  /** Epoch ms. */
  readonly createdAt: number
  /** Version of the program that wrote it, and the store it came from. */
  readonly program: string
  readonly store: string
  readonly counts: Readonly<Record<BackupKind, number>>
  /** Of the whole file but its last part, hex. */
  readonly sha256: string
  readonly bytes: number
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const records = z.int().min(0)
const beginSchema = z.strictObject({ createdAt: z.number(), program: z.string(), store: z.string() })
const sectionSchema = z.strictObject({ kind: z.enum(backupKinds) })
const sectionEndSchema = z.strictObject({ kind: z.enum(backupKinds), records, sha256 })
const trailerSchema = z.strictObject({ counts: z.record(z.enum(backupKinds), records), sha256 })

/**
 * Reads a backup to its end; `each` gets the records as they come, which may belong to a file that turns out to be
 * damaged later.
 * @throws BackupError naming what is wrong with the file
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  each: (records: readonly BackupRecord[]) => Promise<void>,
): Promise<BackupContents> {
  const whole = createHash('sha256')
  let section = createHash('sha256')
  const reader = new FrameReader(source, (bytes) => {
    whole.update(bytes)
    section.update(bytes)
  })
  let digest = ''
  const next = (...expected: FrameType[]): Promise<Frame> =>
    reader.next((type) => {
      if (!expected.includes(type))
        throw new BackupError(
          `this backup is damaged at byte ${String(reader.bytes)}: '${type}' stands where '${expected.join("' or '")}' belongs`,
        )
      if (type === 'section') section = createHash('sha256')
      if (type === 'section-end') digest = section.copy().digest('hex')
      if (type === 'trailer') digest = whole.copy().digest('hex')
    })
  try {
    await reader.start()
    const begin = wordsOf(await next('begin'), beginSchema)
    const unpack = recordUnpacker()
    const counted: [BackupKind, number][] = []
    for (const kind of backupKinds) {
      const named = wordsOf(await next('section'), sectionSchema)
      if (named.kind !== kind)
        throw new BackupError(`this backup is damaged: '${named.kind}' stands where '${kind}' belongs`)
      let count = 0
      let frame = await next('records', 'section-end')
      for (; frame.type === 'records'; frame = await next('records', 'section-end')) {
        const batch = unpack(kind, frame.payload)
        count += batch.length
        await each(batch)
      }
      const end = wordsOf(frame, sectionEndSchema)
      if (end.kind !== kind || end.records !== count || end.sha256 !== digest)
        throw new BackupError(
          `this backup is damaged: the records of kind '${kind}' are not those that were written`,
        )
      counted.push([kind, count])
    }
    const trailer = wordsOf(await next('trailer'), trailerSchema)
    if (trailer.sha256 !== digest || counted.some(([kind, count]) => trailer.counts[kind] !== count))
      throw new BackupError('this backup is damaged: it is not as a whole what was written')
    await reader.end()
    return { ...begin, ...trailer, bytes: reader.bytes }
  } finally {
    await reader.close()
  }
}

/** What a part without records says. A changed byte anywhere shows: it must be written just as this program does. */
function wordsOf<T>({ type, payload }: Frame, schema: z.ZodType<T>): T {
  const text = payload.toString('utf8')
  const parsed = schema.safeParse(jsonOf(text))
  if (parsed.success && JSON.stringify(parsed.data) === text) return parsed.data
  throw new BackupError(`this backup is damaged in its part '${type}'`)
}

/** Undefined where it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
