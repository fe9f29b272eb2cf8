import type { BackupKind, BackupRecord, BackupValues } from '../records.ts'
import { StoreError } from '../store.ts'
import { canvasDocument } from './canvas-documents.ts'
import { writeState } from './canvas-states.ts'
import { checkpointOperations } from './checkpoints.ts'
import type { StoredDocument } from './collections.ts'
import { drawingDocument } from './drawing-documents.ts'
import { keyDocument, pageDocument } from './drawing-keys.ts'
import type { MongoContext } from './fence.ts'
import { historyOperations } from './history.ts'
import { Numbers } from './numbers.ts'
import { memberDocument } from './people.ts'
import { classPart, codePart, projectDocument } from './project-documents.ts'
import { change, insert, insertMissing } from './writes.ts'

/** Classes and codes that wait for their project; a backup has the projects first. */
const MOST_WAITING = 100_000

type Of<K extends BackupKind> = readonly BackupValues[K][]

interface Parts {
  readonly classes: BackupValues['class'][]
  readonly codes: BackupValues['code'][]
}

/** Writes records into the collections of an epoch that nobody reads yet, whatever the order of their kinds. */
export class StagedRecords {
  readonly #history: ReturnType<typeof historyOperations>
  readonly #checkpoints: ReturnType<typeof checkpointOperations>
  readonly #deletions: Numbers
  /** Classes and codes by project. */
  readonly #waiting = new Map<string, Parts>()
  #waitingCount = 0

  constructor(private readonly staged: MongoContext) {
    this.#history = historyOperations(staged, {
      predictions: new Numbers(staged, 'predictions'),
      accuracy: new Numbers(staged, 'accuracy'),
    })
    this.#checkpoints = checkpointOperations(staged, new Numbers(staged, 'checkpoints'))
    this.#deletions = new Numbers(staged, 'deletions')
  }

  async write(records: readonly BackupRecord[]): Promise<void> {
    const of = <K extends BackupKind>(kind: K): Of<K> => valuesOf(records, kind)
    await this.#documents(
      'meta',
      of('meta').map(({ key, value }) => ({ _id: key, value })),
    )
    await this.#documents(
      'users',
      of('user').map(({ id, ...user }) => ({ _id: id, ...user })),
    )
    await this.#documents(
      'projects',
      of('project').map((project) => projectDocument(project, [], [])),
    )
    for (const record of of('class')) this.#wait(record.projectId).classes.push(record)
    for (const code of of('code')) this.#wait(code.projectId).codes.push(code)
    await this.#join()
    await this.#documents('members', of('member').map(memberDocument))
    for (const { record, log, clients } of of('canvas')) {
      const id = await writeState(this.staged, record.id, { snapshot: log, clients })
      await insert(this.staged, 'canvases', canvasDocument(record, { id, position: 0 }))
    }
    await this.#drawings(of('drawing'))
    await this.#pages(of('deleted-page'))
    await this.#history.addPredictions(of('prediction'))
    for (const { projectId, point } of of('accuracy')) await this.#history.addAccuracy(projectId, [point])
    for (const { record, blob } of of('checkpoint')) await this.#checkpoints.putCheckpoint(record, blob)
    for (const { id, ...note } of of('deletion')) {
      await this.#deletions.add(note.projectId, async (number) => {
        await insert(this.staged, 'deletions', { _id: id, ...note, number, left: null })
        return number
      })
    }
  }

  /** @throws StoreError `corrupt` where a class or a code belongs to a project that was not written */
  async end(): Promise<void> {
    await this.#join()
    const [missing] = this.#waiting.keys()
    if (missing === undefined) return
    throw new StoreError('corrupt', `a class or a code belongs to project ${missing}, which is missing`)
  }

  #wait(projectId: string): Parts {
    this.#waitingCount++
    if (this.#waitingCount > MOST_WAITING) {
      throw new StoreError(
        'conflict',
        `more than ${String(MOST_WAITING)} classes and codes wait for their projects`,
      )
    }
    const parts = this.#waiting.get(projectId) ?? { classes: [], codes: [] }
    this.#waiting.set(projectId, parts)
    return parts
  }

  /** Puts what waits into the projects that are there. */
  async #join(): Promise<void> {
    for (const [projectId, { classes, codes }] of this.#waiting) {
      const there = await this.staged
        .collection('projects')
        .findOne({ _id: projectId }, { projection: { _id: 1 } })
      if (!there) continue
      const added = { classes: { $each: classes.map(classPart) }, codes: { $each: codes.map(codePart) } }
      await change(this.staged, 'projects', projectId, { $push: added })
      await this.#documents(
        'codes',
        codes.map(({ code }) => ({ _id: code, projectId })),
      )
      this.#waiting.delete(projectId)
      this.#waitingCount -= classes.length + codes.length
    }
  }

  async #drawings(drawings: Of<'drawing'>): Promise<void> {
    await this.#documents('drawings', drawings.map(drawingDocument))
    await this.#documents(
      'drawing_keys',
      drawings.flatMap(({ id, projectId, keys }) => keys.map((key) => keyDocument(projectId, key, id))),
    )
    for (const { id, canvasId, pageId, projectId } of drawings) {
      const page = pageDocument({ canvasId, pageId, projectId, drawingIds: [id], deleted: false })
      const there = await insertMissing(this.staged, 'drawing_keys', [page])
      for (const { _id } of there) {
        await change(this.staged, 'drawing_keys', _id, { $addToSet: { drawingIds: id } })
      }
    }
  }

  async #pages(pages: Of<'deleted-page'>): Promise<void> {
    for (const page of pages) {
      const document = pageDocument({ ...page, drawingIds: [], deleted: true })
      const there = await insertMissing(this.staged, 'drawing_keys', [document])
      for (const { _id } of there) {
        await change(this.staged, 'drawing_keys', _id, { $set: { deleted: true } })
      }
    }
  }

  /** @throws StoreError `conflict` where one of them was written before */
  async #documents(
    name: Parameters<typeof insertMissing>[1],
    documents: readonly StoredDocument[],
  ): Promise<void> {
    const [there] = await insertMissing(this.staged, name, documents)
    if (there) throw new StoreError('conflict', `there is ${there._id} in ${name} twice`)
  }
}

function valuesOf<K extends BackupKind>(records: readonly BackupRecord[], kind: K): BackupValues[K][] {
  return records.filter((record) => isOf(record, kind)).map(({ value }) => value)
}

function isOf<K extends BackupKind>(
  record: BackupRecord,
  kind: K,
): record is BackupRecord & { readonly kind: K; readonly value: BackupValues[K] } {
  return record.kind === kind
}
