import type { DrawingCounts, Role } from '../../shared/protocol/entities.ts'
import type { AccuracyPoint } from '../../shared/training/status.ts'
import type {
  BackupKind,
  BackupPage,
  BackupRecord,
  CanvasClient,
  CanvasLog,
  CanvasRecord,
  CheckpointRecord,
  ClassRecord,
  CodeRecord,
  DeletionRecord,
  DrawingFilter,
  DrawingRecord,
  MemberRecord,
  Opinion,
  Page,
  PredictionRecord,
  ProjectRecord,
  StoredDrawing,
  UserRecord,
} from './records.ts'

/*
 * What is kept, behind one interface. A promise that resolves means the write is durable in the sense the driver
 * states (StoreInfo.durability); one that rejects with StoreError has changed nothing. Every write is atomic.
 */

export interface StoreInfo {
  readonly driver: string
  /** What a resolved write survives, in words for the README and /health. */
  readonly durability: string
}

export interface Store {
  readonly info: StoreInfo
  /** Resolves when the store is gone for good: another server owns it, or its thread dies again and again. */
  readonly lost: Promise<StoreError>

  /** Secrets and other single values of the server. `putMeta` keeps an existing value and answers the one that stands. */
  getMeta(key: string): Promise<string | null>
  putMeta(key: string, value: string): Promise<string>

  putUser(user: UserRecord): Promise<void>
  getUser(id: string): Promise<UserRecord | null>
  getUsers(ids: readonly string[]): Promise<UserRecord[]>

  /** Creates project, classes, owner membership and codes in one atomic write. Rejects `conflict` when a code is taken. */
  createProject(
    project: ProjectRecord,
    classes: readonly ClassRecord[],
    owner: MemberRecord,
    codes: readonly CodeRecord[],
  ): Promise<void>
  getProject(id: string): Promise<ProjectRecord | null>
  updateProject(
    id: string,
    change: Partial<Omit<ProjectRecord, 'id' | 'createdAt' | 'template'>>,
  ): Promise<ProjectRecord>
  /** Deletes all that belongs to a project in one atomic write; of an unknown one there is nothing to delete. */
  deleteProject(projectId: string): Promise<void>
  /** The newest joined first. */
  listProjectsOf(userId: string, limit: number): Promise<{ project: ProjectRecord; role: Role }[]>

  findCode(code: string): Promise<CodeRecord | null>
  listCodes(projectId: string): Promise<CodeRecord[]>
  /** Replaces the project's code of this role. Rejects `conflict` when the code is taken elsewhere. */
  putCode(code: CodeRecord): Promise<void>

  putMember(member: MemberRecord): Promise<void>
  getMember(projectId: string, userId: string): Promise<MemberRecord | null>
  listMembers(projectId: string): Promise<MemberRecord[]>
  removeMember(projectId: string, userId: string): Promise<void>

  listClasses(projectId: string): Promise<ClassRecord[]>
  /** Adds or changes a class. Rejects `conflict` when another class that is not removed has the name (nameKey) or the number. */
  putClass(record: ClassRecord): Promise<void>

  putCanvas(canvas: CanvasRecord): Promise<void>
  getCanvas(id: string): Promise<CanvasRecord | null>
  listCanvases(projectId: string): Promise<CanvasRecord[]>
  loadCanvas(canvasId: string): Promise<CanvasLog>
  /** Appends a merged update (and who its new Yjs client ids are); answers its position. */
  appendCanvas(canvasId: string, update: Uint8Array, clients: readonly CanvasClient[]): Promise<number>
  /** Makes `snapshot` stand for all updates up to `position` and prunes them, atomically. Later updates stay. */
  snapshotCanvas(canvasId: string, snapshot: Uint8Array, position: number): Promise<void>
  listCanvasClients(canvasId: string): Promise<CanvasClient[]>
  /**
   * Replaces a canvas's log by one snapshot (null: by nothing), forgets its Yjs clients and raises its generation by
   * one, atomically; positions go on from where they were. Answers the record.
   */
  resetCanvas(canvasId: string, snapshot: Uint8Array | null): Promise<CanvasRecord>

  /**
   * Stores a drawing with its first opinion (none: to sort). An opinion's key that is known already changes
   * nothing and answers the drawing of that time. Rejects `conflict` for a page whose drawing was deleted.
   */
  addDrawing(drawing: DrawingRecord, opinion: Opinion | null, idempotencyKey: string): Promise<StoredDrawing>
  findDrawingByKey(projectId: string, idempotencyKey: string): Promise<StoredDrawing | null>
  addOpinion(drawingId: string, opinion: Opinion): Promise<StoredDrawing>
  /** Marks a drawing as withdrawn (or brings it back with the next opinion: `addOpinion` clears the mark). */
  withdrawDrawing(drawingId: string): Promise<StoredDrawing>
  /** The drawing of a page, withdrawn or not: a page labelled again keeps its drawing. */
  findDrawingByPage(canvasId: string, pageId: string): Promise<StoredDrawing | null>
  getDrawing(id: string): Promise<StoredDrawing | null>
  /** Drawings whose `seq` is above `after`, ascending, withdrawn ones included. */
  listDrawings(projectId: string, after: number, limit: number): Promise<Page<StoredDrawing>>
  listToSort(projectId: string, after: number, limit: number): Promise<Page<StoredDrawing>>
  /** The newest accepted drawing of each class. */
  listSamples(projectId: string): Promise<StoredDrawing[]>
  countDrawings(projectId: string): Promise<DrawingCounts>
  /** Newest change first; `before`: a `seq`, null from the newest. */
  findDrawings(
    projectId: string,
    filter: DrawingFilter,
    before: number | null,
    limit: number,
  ): Promise<Page<StoredDrawing>>
  /**
   * Deletes drawings of a project with their opinions, keys and predictions, and all other drawings and predictions of
   * their pages, remembers the pages as deleted and writes the note, in one atomic write. Answers the ids that were
   * there; where none was, nothing is written. The note's `drawings` and `firstSeq` are counted by the store; a note that
   * is there already counts these in as well.
   */
  deleteDrawings(projectId: string, ids: readonly string[], note: DeletionRecord): Promise<string[]>
  /** Those of the pages whose drawings were deleted. */
  findDeletedPages(canvasId: string, pageIds: readonly string[]): Promise<string[]>
  /** Newest first, at most 200. */
  listDeletions(projectId: string): Promise<DeletionRecord[]>

  /** One whose id is known already is left out. */
  addPredictions(records: readonly PredictionRecord[]): Promise<void>
  /** The newest first; `before`: `next` of the page before, null from the newest. */
  listPredictions(projectId: string, before: number | null, limit: number): Promise<Page<PredictionRecord>>
  /** Deletes those made before this time (epoch ms); answers how many. */
  prunePredictions(projectId: string, before: number): Promise<number>

  addAccuracy(projectId: string, points: readonly AccuracyPoint[]): Promise<void>
  /** The newest `limit` points, oldest first. */
  listAccuracy(projectId: string, limit: number): Promise<AccuracyPoint[]>

  /** Writes the blob, then the record that commits it. A checkpoint exists when its record does. */
  putCheckpoint(record: CheckpointRecord, blob: Uint8Array): Promise<void>
  /** Of any version. @throws StoreError `not-found`; `corrupt` where the blob does not match its checksum */
  readCheckpoint(id: string): Promise<{ record: CheckpointRecord; blob: Uint8Array }>
  /** Newest written first. */
  listCheckpoints(projectId: string): Promise<CheckpointRecord[]>
  /** @throws StoreError `not-found` */
  updateCheckpoint(
    id: string,
    change: { readonly name?: string | null; readonly pinned?: boolean },
  ): Promise<CheckpointRecord>
  /** Deletes checkpoints of the project with their blobs; answers how many there were. */
  deleteCheckpoints(projectId: string, ids: readonly string[]): Promise<number>

  /**
   * The records of a kind, a bounded number of bytes at once, while others write: what stands from the first page to
   * the last is in exactly one page. What must be unique together comes as of one moment: the codes by project and
   * role, the classes of a whole project. Predictions, accuracy, checkpoints and deletions come in the order in which
   * they were added; checkpoints whose blob is damaged are left out.
   */
  readRecords(kind: BackupKind, after: string | null, limit: number): Promise<BackupPage>
  /** Makes a staging area. Rejects `conflict` while there is one; one that was abandoned is swept when the store is opened. */
  beginRestore(): Promise<void>
  /** Adds records to the staging area, in any order of their kinds. What was written by a rejected call is open: abort. */
  writeRecords(records: readonly BackupRecord[]): Promise<void>
  /**
   * Makes the staged records all that the store holds, atomically. Every canvas has a generation above all that were
   * ever seen here or in the backup, also of canvases that are gone; `seq` goes on above every seq and `trainedTo`.
   * A rejected one has changed nothing. The project of every record must be among the staged ones.
   */
  commitRestore(): Promise<void>
  abortRestore(): Promise<void>

  /** Resolves while the store takes writes; rejects with why it does not, having tried one where the newest had failed. */
  check(): Promise<void>
  /** Resolves once everything asked for so far is durable. */
  flush(): Promise<void>
  close(): Promise<void>
}

export type StoreErrorCode = 'conflict' | 'not-found' | 'unavailable' | 'locked' | 'corrupt'
/** What an operator has to do something about, where a store is `unavailable`. */
export type StoreErrorWhy = 'disk-full' | 'read-only'

/** A store that could not do what was asked, with the driver's error as its cause. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly why: StoreErrorWhy | null
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options: { cause?: unknown; why?: StoreErrorWhy | null } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {})
    this.why = options.why ?? null
  }
}
