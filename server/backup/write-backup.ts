import { createHash } from 'node:crypto'
import type { BackupKind } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { encodeFrame, startOfFile, type FrameType } from './frames.ts'
import { backupKinds } from './kinds.ts'
import { packRecords } from './record-batches.ts'

/** Records that are asked for at once; the store answers fewer where they are large. */
const BATCH = 200

export interface BackupOptions {
  /** Epoch ms. */
  readonly now: number
  /** Version of the program. */
  readonly program: string
}

/**
 * The bytes of a backup of all that the store holds, in pieces, while others go on writing to it. Everything that was
 * acknowledged before the first piece is in it.
 * @throws StoreError as the store does
 */
export async function* writeBackup(
  store: Pick<Store, 'info' | 'readRecords'>,
  { now, program }: BackupOptions,
): AsyncGenerator<Buffer, void> {
  const whole = createHash('sha256')
  let section = createHash('sha256')
  async function* frame(type: FrameType, payload: Buffer): AsyncGenerator<Buffer, void> {
    for (const piece of await encodeFrame(type, payload)) {
      whole.update(piece)
      section.update(piece)
      yield piece
    }
  }
  const note = (type: FrameType, words: object): AsyncGenerator<Buffer, void> =>
    frame(type, Buffer.from(JSON.stringify(words)))

  const start = startOfFile()
  whole.update(start)
  yield start
  yield* note('begin', { createdAt: now, program, store: store.info.driver })
  const counts: Partial<Record<BackupKind, number>> = {}
  for (const kind of backupKinds) {
    section = createHash('sha256')
    yield* note('section', { kind })
    let records = 0
    for (let after: string | null = null, more = true; more; more = after !== null) {
      const page = await store.readRecords(kind, after, BATCH)
      if (page.items.length > 0) yield* frame('records', packRecords(page.items))
      records += page.items.length
      after = page.next
    }
    counts[kind] = records
    yield* note('section-end', { kind, records, sha256: section.copy().digest('hex') })
  }
  yield* note('trailer', { counts, sha256: whole.copy().digest('hex') })
}
