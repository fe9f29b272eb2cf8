import { describe, expect, it } from 'vitest'
import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'

describe('hostile frames', () => {
  it('[FUZZ-4] mutated canvas frames, commands and ink crash nothing and harm nobody who works beside them', async () => {
    const { figures, said } = await spawnFuzz(['wire', '--seed', '3', '--messages', '5000'])
    expect(figures, said).toMatchObject({ crashes: 0, honest_clients_harmed: 0 })
    expect(figures['messages']).toBeGreaterThanOrEqual(5_000)
  })

  it('[FUZZ-5] malformed packets and requests leave a server process alive, and its people at work', async () => {
    const { figures, said } = await spawnFuzz(['transports', '--seed', '3', '--messages', '800'])
    expect(figures, said).toMatchObject({ crashes: 0, honest_clients_harmed: 0 })
  })
})
