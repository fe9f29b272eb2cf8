import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bestCheckpoint,
  DAYS_KEPT,
  isHeld,
  isNewBest,
  NEWEST_KEPT,
  surplusCheckpoints,
} from '../../../server/rooms/checkpoint-policy.ts'
import type { CheckpointRecord } from '../../../server/storage/records.ts'
import { aCheckpoint } from '../../contract/store-records.ts'

const DAY = 86_400_000
const NOW = 20_000 * DAY + 12_345
const nothing = new Uint8Array()

function at(id: string, ago: number, change: Partial<CheckpointRecord> = {}): CheckpointRecord {
  return aCheckpoint(id, nothing, { at: NOW - ago, accuracy: null, accuracyKind: null, ...change })
}

/** A project's checkpoints, newest first, over 40 days; clocks that went back and forth included. */
const projects = fc
  .array(
    fc.record({
      ago: fc.integer({ min: -3 * DAY, max: 40 * DAY }),
      pinned: fc.boolean(),
      named: fc.boolean(),
      held: fc.integer({ min: 0, max: 9 }),
      accuracy: fc.option(fc.integer({ min: 0, max: 20 }).map((n) => n / 20)),
      test: fc.boolean(),
      rollback: fc.boolean(),
    }),
    { maxLength: 80 },
  )
  .map((drawn) =>
    drawn.map(({ ago, pinned, named, held, accuracy, test, rollback }, i) =>
      at(`k${String(i)}`, ago, {
        pinned: pinned && held === 0,
        name: named && held === 1 ? 'mine' : null,
        reason: rollback ? 'rollback' : 'schedule',
        accuracy,
        accuracyKind: accuracy === null ? null : test ? 'test' : 'prequential',
      }),
    ),
  )

describe('which checkpoints are kept', () => {
  test('[CKPT-1] the newest five, the best, what is held and one a day are kept; nothing else is', () => {
    fc.assert(
      fc.property(projects, (records) => {
        const gone = new Set(surplusCheckpoints(records, NOW))
        const kept = records.filter(({ id }) => !gone.has(id))
        expect(kept.slice(0, NEWEST_KEPT)).toEqual(records.slice(0, NEWEST_KEPT))
        expect(records.filter(isHeld).filter(({ id }) => gone.has(id))).toEqual([])
        const measured = records.flatMap(({ accuracy, accuracyKind }) =>
          accuracyKind === 'test' && accuracy !== null ? [accuracy] : [],
        )
        const most = kept
          .filter(({ accuracyKind }) => accuracyKind === 'test')
          .map(({ accuracy }) => accuracy)
        if (measured.length > 0) expect(most).toContain(Math.max(...measured))
        const rolledBack = records.findIndex(({ reason }) => reason === 'rollback')
        for (const way of rolledBack < 0 ? [] : records.slice(rolledBack, rolledBack + 2))
          expect(kept).toContain(way)
        const day = (one: CheckpointRecord): number => Math.floor(one.at / DAY)
        for (let ago = 0; ago < DAYS_KEPT; ago++) {
          const [newest] = records.filter((one) => day(one) === day(at('', 0)) - ago)
          if (newest) expect(kept).toContain(newest)
        }
        expect(kept.length).toBeLessThanOrEqual(
          NEWEST_KEPT + 1 + 2 + DAYS_KEPT + records.filter(isHeld).length,
        )
        expect(surplusCheckpoints(kept, NOW)).toEqual([])
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  test('[CKPT-1] of a day the newest alone is kept, and none of a day that is 14 days ago or still to come', () => {
    const fresh = Array.from({ length: NEWEST_KEPT }, (_, i) => at(`n${String(i)}`, i))
    const old = [
      at('f', -DAY),
      at('a', DAY),
      at('b', DAY + 9),
      at('c', 13 * DAY),
      at('d', 14 * DAY),
      at('e', 30 * DAY),
    ]
    expect(surplusCheckpoints([...fresh, ...old], NOW)).toEqual(['f', 'b', 'd', 'e'])
  })

  test('[CKPT-1] the best is measured on drawings kept aside; of equals the newest counts', () => {
    const records = [
      at('a', 1, { accuracy: 0.8, accuracyKind: 'test' }),
      at('b', 2, { accuracy: 0.9, accuracyKind: 'test' }),
      at('c', 3, { accuracy: 0.9, accuracyKind: 'test' }),
      at('d', 4, { accuracy: 1, accuracyKind: 'prequential' }),
      at('e', 5, { accuracy: 1, accuracyKind: null }),
    ]
    expect(bestCheckpoint(records)?.id).toBe('b')
    expect(bestCheckpoint(records.slice(3))).toBeNull()
  })
})

describe('what is a new best', () => {
  test('[CKPT-2] two points and two drawings more than the best before, or the first measured', () => {
    expect(isNewBest({ right: 5, of: 20 }, null)).toBe(true)
    expect(isNewBest({ right: 0, of: 0 }, null)).toBe(false)
    expect(isNewBest({ right: 16, of: 20 }, 0.75)).toBe(false)
    expect(isNewBest({ right: 17, of: 20 }, 0.75)).toBe(true)
    expect(isNewBest({ right: 153, of: 200 }, 0.75)).toBe(false)
    expect(isNewBest({ right: 154, of: 200 }, 0.75)).toBe(true)
  })
})
