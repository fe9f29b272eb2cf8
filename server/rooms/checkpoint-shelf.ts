import type { CheckpointInfo } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import { CHECKPOINT_VERSION, type CheckpointRecord } from '../storage/records.ts'
import { StoreError, type Store } from '../storage/store.ts'
import { isNewer, toCheckpointInfo } from './checkpoint-info.ts'
import { isHeld, MOST_HELD, surplusCheckpoints } from './checkpoint-policy.ts'
import type { RoomLog, RoomMetrics, RoomPayload } from './ports.ts'

export interface CheckpointShelfOptions {
  readonly projectId: string
  readonly store: Store
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  readonly changed: (change: RoomPayload<'checkpoint:changed'>) => void
}

/** What is left out stays as it is. */
export interface CheckpointChange {
  readonly name?: string | null | undefined
  readonly pinned?: boolean | undefined
}

/** The checkpoints of a project that are stored: which can be used, which are kept, what they are called. */
export class CheckpointShelf {
  /** Newest first. */
  records: readonly CheckpointRecord[] = []
  private readonly damaged = new Set<string>()

  constructor(private readonly options: CheckpointShelfOptions) {}

  /**
   * The newest checkpoint that can be read and was not found damaged before; null where there is none. Damaged newer
   * ones are reported, those of a newer version of the server are passed over.
   */
  async newest(): Promise<{ record: CheckpointRecord; blob: Uint8Array } | null> {
    const { store, projectId, log } = this.options
    this.records = await store.listCheckpoints(projectId)
    const newer = this.records.filter(isNewer).map(({ id }) => id)
    if (newer.length > 0) log.warn({ projectId, newer }, 'checkpoints of a newer version are not used')
    for (const record of this.records) {
      if (!this.usable(record)) continue
      try {
        return await store.readCheckpoint(record.id)
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'corrupt') throw error
        this.markDamaged(record.id, error)
      }
    }
    return null
  }

  /** A checkpoint's bytes are not what was written: it is not used any more, and shown as damaged. */
  markDamaged(id: string, error: unknown): void {
    if (this.damaged.has(id)) return
    this.damaged.add(id)
    const { projectId, log, metrics } = this.options
    metrics?.count('checkpoints_damaged')
    log.error({ err: error, projectId, checkpointId: id }, 'a checkpoint is damaged')
  }

  list(): CheckpointInfo[] {
    return this.records.map((record) => this.info(record))
  }

  nameOf(id: string): string | null {
    return this.records.find((record) => record.id === id)?.name ?? null
  }

  info(record: CheckpointRecord): CheckpointInfo {
    return toCheckpointInfo(record, this.damaged.has(record.id))
  }

  /** The blob of a checkpoint. @throws AppError `not-found`; `conflict` for one that is damaged or newer than this server */
  async read(id: string): Promise<Uint8Array> {
    const record = this.require(id)
    if (isNewer(record)) {
      throw new AppError(
        'conflict',
        `A newer version of Trainboard wrote this checkpoint (shape ${String(record.version)}; this one reads up to ${String(CHECKPOINT_VERSION)})`,
      )
    }
    try {
      return (await this.options.store.readCheckpoint(id)).blob
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'corrupt') throw error
      this.markDamaged(id, error)
      this.options.changed({ added: null, changed: this.info(record), removed: [] })
      throw new AppError('conflict', 'This checkpoint is damaged and cannot be used', { cause: error })
    }
  }

  /** Takes in a checkpoint that was written, and lets go what is not to be kept; answers the ids of what went. */
  async added(record: CheckpointRecord): Promise<readonly string[]> {
    const { projectId, store, clock, log } = this.options
    this.records = [record, ...this.records]
    const surplus = surplusCheckpoints(this.records, clock.now())
    if (surplus.length === 0) return []
    try {
      await store.deleteCheckpoints(projectId, surplus)
    } catch (error) {
      // They are surplus with the next one too.
      log.warn({ err: error, projectId }, 'old checkpoints were not deleted')
      return []
    }
    this.forget(surplus)
    return surplus
  }

  /** @throws AppError `not-found`, `full` when too many are pinned or named */
  async edit(id: string, { name, pinned }: CheckpointChange): Promise<CheckpointInfo> {
    const { store, metrics, changed } = this.options
    const known = this.require(id)
    const wanted = { name: name === undefined ? known.name : name, pinned: pinned ?? known.pinned }
    if (isHeld(wanted) && !isHeld(known) && this.records.filter(isHeld).length >= MOST_HELD) {
      metrics?.refused('checkpoints-held')
      throw new AppError('full', `${String(MOST_HELD)} checkpoints are pinned or named already`)
    }
    const record = await store.updateCheckpoint(id, wanted)
    this.records = this.records.map((one) => (one.id === id ? record : one))
    const info = this.info(record)
    changed({ added: null, changed: info, removed: [] })
    return info
  }

  /** @throws AppError `not-found`, `conflict` for a pinned one and for the newest, which a start goes on from */
  async remove(id: string): Promise<void> {
    const { projectId, store, changed } = this.options
    if (this.require(id).pinned) throw new AppError('conflict', 'This checkpoint is pinned')
    if (this.records.find((record) => this.usable(record))?.id === id) {
      throw new AppError('conflict', 'The newest checkpoint stays: a restart goes on from it')
    }
    await store.deleteCheckpoints(projectId, [id])
    this.forget([id])
    changed({ added: null, changed: null, removed: [id] })
  }

  private usable(record: CheckpointRecord): boolean {
    return !isNewer(record) && !this.damaged.has(record.id)
  }

  private require(id: string): CheckpointRecord {
    const record = this.records.find((one) => one.id === id)
    if (!record) throw new AppError('not-found', 'There is no such checkpoint')
    return record
  }

  private forget(ids: readonly string[]): void {
    const gone = new Set(ids)
    this.records = this.records.filter((record) => !gone.has(record.id))
    for (const id of gone) this.damaged.delete(id)
  }
}
