import type { ClassInfo, DrawingCounts } from '../../shared/protocol/entities.ts'
import { MAX_CLASSES } from '../../shared/protocol/limits.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import { nameKey } from '../../shared/protocol/text.ts'
import { newId } from '../../shared/ids/id.ts'
import { createKeyedQueue } from '../ops/keyed-queue.ts'
import type { ClassRecord } from '../storage/records.ts'
import { StoreError, type Store } from '../storage/store.ts'
import type { RoomMetrics } from './ports.ts'

export interface ClassesOptions {
  readonly projectId: string
  readonly store: Pick<Store, 'putClass'>
  readonly metrics?: Pick<RoomMetrics, 'refused'> | undefined
  readonly counts: () => DrawingCounts
  /** Called after a stored change; `ids` when classes were added or removed. */
  readonly changed: (what: 'ids' | 'names') => Promise<void>
}

/** The classes of a room. Changes go one at a time, so that two people cannot take the same name or number. */
export class Classes {
  private readonly records = new Map<string, ClassRecord>()
  /** Numbers that belonged to a class which was removed; another one may have them now. */
  private readonly reused = new Set<number>()
  private readonly queue = createKeyedQueue()

  constructor(
    private readonly options: ClassesOptions,
    records: readonly ClassRecord[],
  ) {
    for (const record of records) {
      if (record.removed) this.reused.add(record.number)
      else this.records.set(record.id, record)
    }
  }

  /** The classes that the project's first `count` numbers were given to, null for those removed since. */
  first(count: number): (string | null)[] {
    const byNumber = new Map([...this.records.values()].map(({ id, number }) => [number, id]))
    return Array.from({ length: count }, (_, index) =>
      this.reused.has(index + 1) ? null : (byNumber.get(index + 1) ?? null),
    )
  }

  ids(): string[] {
    return this.sorted().map(({ id }) => id)
  }

  list(): ClassInfo[] {
    return this.sorted().map((record) => this.toInfo(record))
  }

  has(classId: string): boolean {
    return this.records.has(classId)
  }

  /** @throws AppError `unknown-class` */
  require(classId: string): ClassRecord {
    const record = this.records.get(classId)
    if (!record) throw new AppError('unknown-class', `There is no class ${classId} in this room`)
    return record
  }

  /** @throws AppError `conflict` for a name that is taken, `full` */
  add(name: string): Promise<ClassInfo> {
    return this.inTurn(async () => {
      if (this.records.size >= MAX_CLASSES) {
        this.options.metrics?.refused('classes')
        throw new AppError('full', `A project has at most ${String(MAX_CLASSES)} classes`)
      }
      this.requireFree(name, null)
      const { projectId } = this.options
      const record = { id: newId(), projectId, name, number: this.freeNumber(), removed: false }
      await this.put(record)
      this.records.set(record.id, record)
      await this.options.changed('ids')
      return this.toInfo(record)
    })
  }

  /** @throws AppError `unknown-class`, `conflict` */
  rename(classId: string, name: string): Promise<ClassInfo> {
    return this.inTurn(async () => {
      const record = { ...this.require(classId), name }
      this.requireFree(name, classId)
      await this.put(record)
      this.records.set(classId, record)
      await this.options.changed('names')
      return this.toInfo(record)
    })
  }

  /** Its drawings stay stored and leave the training. @throws AppError `unknown-class` */
  remove(classId: string): Promise<void> {
    return this.inTurn(async () => {
      const record = { ...this.require(classId), removed: true }
      await this.put(record)
      this.records.delete(classId)
      this.reused.add(record.number)
      await this.options.changed('ids')
    })
  }

  private inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.queue.run('classes', task)
  }

  private async put(record: ClassRecord): Promise<void> {
    try {
      await this.options.store.putClass(record)
    } catch (cause) {
      if (!(cause instanceof StoreError) || cause.code !== 'conflict') throw cause
      throw new AppError('conflict', `There is a class '${record.name}' already`, { cause, path: 'name' })
    }
  }

  private requireFree(name: string, except: string | null): void {
    const key = nameKey(name)
    for (const { id, name: taken } of this.records.values()) {
      if (id !== except && nameKey(taken) === key) {
        throw new AppError('conflict', `There is a class '${taken}' already`, { path: 'name' })
      }
    }
  }

  private freeNumber(): number {
    const taken = new Set([...this.records.values()].map(({ number }) => number))
    let number = 1
    while (taken.has(number)) number++
    return number
  }

  private sorted(): ClassRecord[] {
    return [...this.records.values()].sort((a, b) => a.number - b.number)
  }

  private toInfo({ id, name, number }: ClassRecord): ClassInfo {
    return { id, name, number, count: this.options.counts().byClass[id] ?? 0 }
  }
}
