import * as z from 'zod'
import { splits, type DrawingCounts, type Split } from '../../../shared/protocol/entities.ts'
import { read } from './documents.ts'
import type { MongoContext } from './fence.ts'
import { findProject, projectKey, requireProject } from './project-documents.ts'
import { Recent } from './recent.ts'

/** What of a drawing decides where it counts. */
export interface DrawingPlace {
  readonly id: string
  readonly classId: string | null
  readonly toSort: boolean
  readonly withdrawn: boolean
  readonly split: Split
}

const MOST_PROJECTS = 1_000
const groupSchema = z.object({
  _id: z.object({
    classId: z.string().nullable(),
    toSort: z.boolean(),
    withdrawn: z.boolean(),
    split: z.enum(splits),
  }),
  count: z.number(),
})
const seqSchema = z.object({ seq: z.number() })

type Pile = Omit<DrawingPlace, 'id'>

interface Log {
  /** Newest place that was given away. */
  seq: number
  /** Drawings by what they are. */
  readonly counts: Map<string, { readonly pile: Pile; count: number }>
  /** Newest accepted drawing of a class, where it is known. */
  readonly newest: Map<string, string>
}

/**
 * Where the label log of each project stands and what it counts: kept here, since this server alone writes, and read
 * from the database when a project is first used or a write went wrong. Changes run in the project's queue.
 */
export class LabelLogs {
  readonly #logs = new Recent<Log>(MOST_PROJECTS)

  constructor(private readonly context: MongoContext) {}

  /** The next place. @throws StoreError `not-found` for an unknown project */
  async next(projectId: string): Promise<number> {
    return (await this.#log(projectId)).seq + 1
  }

  /** A drawing has taken a place. */
  moved(projectId: string, seq: number, before: DrawingPlace | null, after: DrawingPlace): void {
    const log = this.#logs.get(projectId)
    if (!log) return
    log.seq = Math.max(log.seq, seq)
    if (before) adjust(log, before, -1)
    adjust(log, after, 1)
    const left = before?.classId ?? null
    if (left !== null && log.newest.get(left) === after.id) log.newest.delete(left)
    if (after.classId !== null && !after.withdrawn) log.newest.set(after.classId, after.id)
  }

  /** Ids of the newest accepted drawings of the classes, as far as they are known: the project has moved on since. */
  async samples(projectId: string): Promise<{ readonly classId: string; readonly id: string | null }[]> {
    const { byClass } = await this.counts(projectId)
    const newest = this.#logs.get(projectId)?.newest
    return Object.keys(byClass).map((classId) => ({ classId, id: newest?.get(classId) ?? null }))
  }

  /** A drawing was found to be the newest of its class. */
  found(projectId: string, { id, classId }: DrawingPlace): void {
    const newest = this.#logs.get(projectId)?.newest
    if (classId !== null && newest?.has(classId) === false) newest.set(classId, id)
  }

  /** What is known of a project may be wrong. */
  forget(projectId: string): void {
    this.#logs.delete(projectId)
  }

  clear(): void {
    this.#logs.clear()
  }

  /** Of an unknown project: none. Not to be asked for within the project's queue. */
  async counts(projectId: string): Promise<DrawingCounts> {
    const log =
      this.#logs.get(projectId) ??
      // What is read while a drawing is written would stay wrong.
      (await this.context.queue.run(projectKey(projectId), async () =>
        (await findProject(this.context, projectId)) ? this.#log(projectId) : null,
      ))
    const byClass: Record<string, number> = {}
    let toSort = 0
    let keptAside = 0
    let total = 0
    for (const { pile, count } of log?.counts.values() ?? []) {
      if (pile.withdrawn || count === 0) continue
      if (pile.toSort) toSort += count
      else if (pile.classId !== null) {
        byClass[pile.classId] = (byClass[pile.classId] ?? 0) + count
        total += count
        if (pile.split !== 'train') keptAside += count
      }
    }
    return { byClass, toSort, keptAside, total }
  }

  async #log(projectId: string): Promise<Log> {
    const known = this.#logs.get(projectId)
    if (known) return known
    const { seqFloor } = await requireProject(this.context, projectId)
    const [newest, groups] = await Promise.all([this.#newestSeq(projectId), this.#groups(projectId)])
    const log: Log = { seq: Math.max(seqFloor, newest), counts: new Map(), newest: new Map() }
    for (const { _id, count } of groups) adjust(log, _id, count)
    this.#logs.set(projectId, log)
    return log
  }

  async #newestSeq(projectId: string): Promise<number> {
    const [newest] = await this.context
      .collection('drawings')
      .find({ projectId }, { projection: { seq: 1 } })
      .sort({ seq: -1 })
      .limit(1)
      .toArray()
    return newest ? read(seqSchema, newest, 'drawing').seq : 0
  }

  async #groups(projectId: string): Promise<z.infer<typeof groupSchema>[]> {
    const _id = { classId: '$classId', toSort: '$toSort', withdrawn: '$withdrawn', split: '$split' }
    const groups = await this.context
      .collection('drawings')
      .aggregate([{ $match: { projectId } }, { $group: { _id, count: { $sum: 1 } } }])
      .toArray()
    return groups.map((group) => read(groupSchema, group, 'count of drawings'))
  }
}

function adjust(log: Log, { classId, toSort, withdrawn, split }: Pile, by: number): void {
  const name = JSON.stringify([classId, toSort, withdrawn, split])
  const counted = log.counts.get(name)
  if (counted) counted.count += by
  else log.counts.set(name, { pile: { classId, toSort, withdrawn, split }, count: by })
}
