import { randomBytes } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { idSchema } from '../../shared/protocol/entities.ts'
import type { Store } from '../storage/store.ts'

const ISSUER = 'trainboard'
const ALGORITHM = 'HS256'
const META_KEY = 'session-secret'
const LONGEST_TOKEN = 1_000

/** Signs and checks the tokens that name a person. They carry no role: roles are looked up where they are used. */
export interface Identity {
  issue(userId: string): Promise<string>
  /** Null for anything that is not a token of this server. */
  verify(token: string): Promise<{ readonly userId: string } | null>
}

/** `secret`: any text; at least 32 characters make it as strong as the signature. */
export function createIdentity({ secret }: { readonly secret: string }): Identity {
  const key = new TextEncoder().encode(secret)
  return {
    issue: (userId) =>
      new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(userId)
        .setIssuedAt()
        .sign(key),
    async verify(token) {
      if (token.length > LONGEST_TOKEN) return null
      try {
        const { payload } = await jwtVerify(token, key, { issuer: ISSUER, algorithms: [ALGORITHM] })
        const subject = idSchema.safeParse(payload.sub)
        return subject.success ? { userId: subject.data } : null
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
  }
}

/** The configured secret, else the one that was made on the first start and is kept in the store. */
export async function sessionSecret(
  store: Pick<Store, 'putMeta'>,
  configured: string | null,
): Promise<string> {
  return configured ?? (await store.putMeta(META_KEY, randomBytes(32).toString('base64url')))
}
