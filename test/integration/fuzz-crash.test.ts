import { describe, expect, it } from 'vitest'
import { spawnFuzz } from '../fuzz/spawn-fuzz.ts'

const NOTHING_LOST = {
  acknowledged_labels_lost: 0,
  acknowledged_strokes_lost: 0,
  unreadable_documents: 0,
  other_faults: 0,
}

describe('a store that fails, and a server that is killed', () => {
  it('[FUZZ-7] whichever call of the store is refused, torn, late, stalled or left hanging, all come to hold the same and nothing acknowledged is gone', async () => {
    const { figures, said } = await spawnFuzz(['faults', '--seed', '7', '--schedules', '30', '--shrink', '1'])
    expect(figures, said).toEqual({ schedules: 30, failures: 0 })
  })

  it('[FUZZ-8] a server that is killed at any instant has everything that it acknowledged when it is started again', async () => {
    const { figures, said } = await spawnFuzz(['crash', '--seed', '1', '--kills', '7'])
    expect(figures, said).toMatchObject({ kills: 7, ...NOTHING_LOST })
    expect(figures['strokes_acknowledged']).toBeGreaterThan(0)
    expect(figures['training_lost_max_s']).toBeLessThanOrEqual(10)
  }, 180_000)
})
