import * as z from 'zod'
import type { CodeRecord } from '../records.ts'
import { StoreError } from '../store.ts'
import { read } from './documents.ts'
import type { MongoContext } from './fence.ts'
import { findProject } from './project-documents.ts'
import { change, insertNew, remove } from './writes.ts'

/*
 * A project's document says which codes it has. A document for each code leads to the project; one that leads to a
 * project without the code (a crash in between) leads nowhere and may be taken.
 */

/** The key of the queue in which codes are claimed one after another. */
export const CODES_KEY = 'codes'

const claimSchema = z.object({ projectId: z.string() })

export async function findCode(context: MongoContext, code: string): Promise<CodeRecord | null> {
  const claim = await context.collection('codes').findOne({ _id: code })
  if (!claim) return null
  const found = await findProject(context, read(claimSchema, claim, 'join code').projectId)
  return found?.codes.find((record) => record.code === code) ?? null
}

/**
 * Makes a code lead to its project, which is to have it by the next write. Runs under CODES_KEY.
 * @throws StoreError `conflict` where another project, or another role, has it
 */
export async function claimCode(context: MongoContext, record: CodeRecord): Promise<void> {
  const { code, projectId, role } = record
  if (await insertNew(context, 'codes', { _id: code, projectId })) return
  const standing = await findCode(context, code)
  if (standing && (standing.projectId !== projectId || standing.role !== role)) {
    throw new StoreError('conflict', 'the join code is taken')
  }
  if (!standing) await change(context, 'codes', code, { $set: { projectId } })
}

/** Removes claims of codes that no project has any more. */
export async function releaseCodes(context: MongoContext, codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    if (!(await findCode(context, code))) await remove(context, 'codes', { _id: code })
  }
}
