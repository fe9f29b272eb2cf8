import { describe, expect, test } from 'vitest'
import { createIdentity, sessionSecret } from '../../../server/identity/tokens.ts'

const identity = createIdentity({ secret: 'a'.repeat(32) })

describe('tokens', () => {
  test('[ACCESS-3] a token names the person it was issued to', async () => {
    expect(await identity.verify(await identity.issue('someone1'))).toEqual({ userId: 'someone1' })
  })

  test('[ACCESS-3] a token of another secret is none', async () => {
    const other = createIdentity({ secret: 'b'.repeat(32) })
    expect(await identity.verify(await other.issue('someone1'))).toBeNull()
  })

  test.each(['', 'x', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', 'x'.repeat(100_000)])(
    '[ACCESS-3] %.20s is no token',
    async (text) => {
      expect(await identity.verify(text)).toBeNull()
    },
  )

  test('[ACCESS-4] the secret is made once and kept, unless one is configured', async () => {
    let kept: string | null = null
    const store = { putMeta: (_key: string, value: string) => Promise.resolve((kept ??= value)) }
    const first = await sessionSecret(store, null)
    expect(await sessionSecret(store, null)).toBe(first)
    expect(first.length).toBeGreaterThanOrEqual(32)
    expect(await sessionSecret(store, 'configured')).toBe('configured')
  })
})
