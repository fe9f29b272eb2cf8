import type { BackupKind, BackupRecord } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { BackupError } from './backup-error.ts'
import { readBackup, type BackupContents } from './read-backup.ts'

/** A file that was read to its end and found whole. */
export interface VerifiedBackup extends BackupContents {
  readonly projectIds: ReadonlySet<string>
  readonly userIds: ReadonlySet<string>
  /** Pages whose drawings were deleted. */
  readonly deletedPages: ReadonlySet<string>
}

/** What a restore did, or would do. */
export interface RestoreReport extends BackupContents {
  /** Records that were deleted while the backup was made, or belong to a project or person that was. */
  readonly dropped: Readonly<Partial<Record<BackupKind, number>>>
}

/** Reads a file and changes nothing. @throws BackupError naming what is wrong with it */
export async function verifyBackup(source: AsyncIterable<Uint8Array>): Promise<VerifiedBackup> {
  const projectIds = new Set<string>()
  const userIds = new Set<string>()
  const deletedPages = new Set<string>()
  const contents = await readBackup(source, (records) => {
    for (const { kind, value } of records) {
      if (kind === 'project') projectIds.add(value.id)
      if (kind === 'user') userIds.add(value.id)
      if (kind === 'deleted-page') deletedPages.add(pageOf(value))
    }
    return Promise.resolve()
  })
  return { ...contents, projectIds, userIds, deletedPages }
}

/**
 * Puts the records of a verified file into the store's staging area; `commitRestore` makes them stand. Where it throws,
 * nothing is staged.
 * @throws BackupError where the file is not as it was verified; StoreError as the store does
 */
export async function stageBackup(
  store: Pick<Store, 'beginRestore' | 'writeRecords' | 'abortRestore'>,
  source: AsyncIterable<Uint8Array>,
  verified: VerifiedBackup,
): Promise<RestoreReport> {
  const dropped: Partial<Record<BackupKind, number>> = {}
  await store.beginRestore()
  try {
    const contents = await readBackup(source, async (records) => {
      const kept = records.filter((record) => {
        if (belongs(record, verified)) return true
        dropped[record.kind] = (dropped[record.kind] ?? 0) + 1
        return false
      })
      if (kept.length > 0) await store.writeRecords(kept)
    })
    if (contents.sha256 !== verified.sha256)
      throw new BackupError('the file changed between being checked and being read')
    return { ...contents, dropped }
  } catch (error) {
    await store.abortRestore()
    throw error
  }
}

function belongs(record: BackupRecord, { projectIds, userIds, deletedPages }: VerifiedBackup): boolean {
  switch (record.kind) {
    case 'meta':
    case 'user':
    case 'project':
      return true
    case 'member':
      return projectIds.has(record.value.projectId) && userIds.has(record.value.userId)
    case 'canvas':
    case 'checkpoint':
      return projectIds.has(record.value.record.projectId)
    case 'drawing':
      return projectIds.has(record.value.projectId) && !deletedPages.has(pageOf(record.value))
    case 'prediction':
      return projectIds.has(record.value.projectId) && !deletedPages.has(pageOf(record.value.prediction))
    default:
      return projectIds.has(record.value.projectId)
  }
}

function pageOf({ canvasId, pageId }: { readonly canvasId: string; readonly pageId: string }): string {
  return `${canvasId}/${pageId}`
}
