import type { Collection } from 'mongodb'
import { z } from 'zod'
import { StoreError } from '../store.ts'
import { leaseOwner, type LeaseOwner } from './lease-owner.ts'
import { isDuplicate } from './errors.ts'
import type { StoredDocument } from './collections.ts'

/** The one document that says who may write, and what shape the data has. */
export const SERVER_COLLECTION = 'server'
export const SERVER_ID = 'server'

const serverDocument = z.object({
  fence: z.number().int(),
  /** Changes once a second while the owner lives. */
  beat: z.number().int(),
  owner: z.nullable(leaseOwner),
  /** Version of the collections' shape; 0 before the first migration. */
  schema: z.number().int(),
  /** Which set of collections holds the data. */
  epoch: z.number().int(),
})
export type ServerDocument = z.infer<typeof serverDocument>

/** What the lease does with the server document. Each is one atomic command; a rejected one may have been done. */
export interface LeaseBook {
  read(): Promise<ServerDocument | null>
  /** Makes the document, owned; false where somebody else was first. */
  create(owner: LeaseOwner): Promise<boolean>
  /** Takes it over as it was seen; false where it has changed since. */
  take(seen: ServerDocument, owner: LeaseOwner): Promise<boolean>
  /** False where it is no longer held under this fence. */
  beat(fence: number, beat: number): Promise<boolean>
  release(fence: number): Promise<void>
}

export function leaseBook(documents: Collection<StoredDocument>): LeaseBook {
  return {
    async read() {
      const found = await documents.findOne({ _id: SERVER_ID })
      return found === null ? null : readServerDocument(found)
    },
    async create(owner) {
      try {
        await documents.insertOne({ _id: SERVER_ID, fence: 1, beat: 0, owner, schema: 0, epoch: 0 })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },
    async take({ fence, beat, owner: before }, owner) {
      const free = before === null ? { owner: null } : {}
      const { matchedCount } = await documents.updateOne(
        { _id: SERVER_ID, fence, beat, ...free },
        { $set: { fence: fence + 1, beat: 0, owner } },
      )
      return matchedCount === 1
    },
    async beat(fence, beat) {
      const { matchedCount } = await documents.updateOne({ _id: SERVER_ID, fence }, { $set: { beat } })
      return matchedCount === 1
    },
    async release(fence) {
      await documents.updateOne({ _id: SERVER_ID, fence }, { $set: { owner: null } })
    },
  }
}

/** @throws StoreError `corrupt` where it is not what this server writes */
export function readServerDocument(document: unknown): ServerDocument {
  const parsed = serverDocument.safeParse(document)
  if (parsed.success) return parsed.data
  throw new StoreError('corrupt', `the document '${SERVER_ID}' in the database is damaged`, {
    cause: parsed.error,
  })
}
