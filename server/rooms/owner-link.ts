import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Store } from '../storage/store.ts'

/** The secret of the link with which an owner comes back from another device; the store has its hash alone. */
export interface OwnerLinks {
  /** A new secret; the link before ends. */
  make(projectId: string): Promise<string>
  revoke(projectId: string): Promise<void>
  /** @throws AppError `unknown-project`, or `forbidden` where this is not the project's secret */
  check(projectId: string, secret: string): Promise<void>
}

export function createOwnerLinks(store: Pick<Store, 'getProject' | 'updateProject'>): OwnerLinks {
  return {
    async make(projectId) {
      const secret = randomBytes(24).toString('base64url')
      await store.updateProject(projectId, { ownerLinkHash: hash(secret).toString('hex') })
      return secret
    },
    async revoke(projectId) {
      await store.updateProject(projectId, { ownerLinkHash: null })
    },
    async check(projectId, secret) {
      const project = await store.getProject(projectId)
      if (!project) throw new AppError('unknown-project')
      const known = Buffer.from(project.ownerLinkHash ?? '', 'hex')
      const given = hash(secret)
      if (known.length !== given.length || !timingSafeEqual(known, given))
        throw new AppError('forbidden', 'This owner link has ended', { path: 'secret' })
    },
  }
}

function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
