import { describe, expect, it } from 'vitest'
import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'

describe('convergence', () => {
  it('[FUZZ-1] after seeded schedules of edits, cuts, crashes and rests all hold the same and nothing acknowledged is gone', async () => {
    const { figures, said } = await spawnFuzz(['converge', '--seed', '2070', '--schedules', '40'])
    expect(said).not.toContain('seed ')
    expect(figures).toEqual({ schedules: 40, failures: 0 })
  })

  it('[FUZZ-2] schedules that failed once do not fail again', async () => {
    const { figures, said } = await spawnFuzz(['regressions'])
    expect(said).not.toContain('differs')
    expect(figures['failures'], said).toBe(0)
  })

  it('[FUZZ-3] a server process that is killed in the middle loses nothing that it acknowledged', async () => {
    const { figures, said } = await spawnFuzz(['kill', '--seed', '7', '--schedules', '3'])
    expect(figures, said).toEqual({ schedules: 3, failures: 0 })
  })
})
