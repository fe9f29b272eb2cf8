import { StoreError } from '../store.ts'
import type { LeaseBook, ServerDocument } from './lease-book.ts'
import { isDead, type LeaseOwner } from './lease-owner.ts'

/** An owner gives up after LEASE_MS without a beat; a challenger waits a little longer, since no two clocks run alike. */
export const LEASE_MS = 4_000
const STANDS_STILL_MS = LEASE_MS + 200
const LOOK_AGAIN_MS = 200

export interface AcquireOptions {
  readonly book: LeaseBook
  readonly me: LeaseOwner
  /** Looks at the document before it is taken. @throws StoreError where this server cannot serve that data */
  readonly accept: (found: ServerDocument) => void
}

/**
 * Takes the right to write: at once where nobody holds it, or who held it is dead on this machine; else after the
 * owner's beat stood still for the length of the lease by this process's own clock. Answers the fence and when, by
 * `performance.now()`, it was asked for.
 * @throws StoreError `locked` with the owner named, once its beat moves
 */
export async function acquireLease({
  book,
  me,
  accept,
}: AcquireOptions): Promise<{ fence: number; askedAt: number }> {
  let seen: { document: ServerDocument; since: number } | null = null
  for (;;) {
    const lookedAt = performance.now()
    const found = await book.read()
    if (found === null) {
      if (await book.create(me)) return { fence: 1, askedAt: lookedAt }
      continue
    }
    accept(found)
    const { owner, fence, beat } = found
    if (owner !== null && seen && (seen.document.fence !== fence || seen.document.beat !== beat))
      throw heldBy(owner)
    seen ??= { document: found, since: performance.now() }
    const free = owner === null || isDead(owner, me) || performance.now() - seen.since >= STANDS_STILL_MS
    if (free) {
      const askedAt = performance.now()
      if (await book.take(found, me)) return { fence: fence + 1, askedAt }
    } else await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

export function heldBy({ host, pid }: LeaseOwner): StoreError {
  return new StoreError(
    'locked',
    `another server has the database: process ${String(pid)} on ${host} writes to it; stop it first`,
  )
}
