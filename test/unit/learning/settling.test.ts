import { describe, expect, test } from 'vitest'
import { Replay, type LabelledDrawing } from '../../../server/learning/replay.ts'
import { newestOfStep, withoutDrawings } from '../../../server/learning/trainer/arrivals.ts'
import { settlingSteps } from '../../../server/learning/trainer/settling.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'

const drawing = (classId: string, index: number): LabelledDrawing => ({
  id: `${classId}${String(index)}`,
  seq: index + 1,
  classId,
  split: 'train',
  strokes: [{ xs: [index], ys: [1] }],
})

/** A replay with so many drawings of each class. */
function replayOf(counts: Readonly<Record<string, number>>): Replay {
  const replay = new Replay(() => 0, 100)
  for (const [classId, count] of Object.entries(counts))
    for (let index = 0; index < count; index++) replay.apply(drawing(classId, index))
  return replay
}

function stepsOf(
  counts: Readonly<Record<string, number>>,
  newest: readonly string[],
  {
    joined = false,
    starter = [] as readonly string[],
    ...settings
  }: { joined?: boolean; starter?: readonly string[] } & Partial<TrainingSettings> = {},
): number {
  const state = {
    headIds: [...starter, ...Object.keys(counts)],
    starterClasses: starter,
    settings: { ...defaultTrainingSettings, stepsPerArrival: 3, ...settings },
  }
  const drawings = newest.map((classId) => drawing(classId, 0))
  return settlingSteps(state, replayOf(counts), drawings, joined)
}

describe('how long a group settles', () => {
  test('[LEARN-19] eight arrivals long where a class joins settled ones', () => {
    expect(stepsOf({ cat: 50, fish: 1 }, ['fish'], { joined: true })).toBe(24)
    expect(stepsOf({ fish: 1 }, ['fish'], { joined: true, starter: ['one'] })).toBe(24)
    expect(stepsOf({ cat: 50, fish: 1 }, ['fish'], { joined: true, stepsPerArrival: 1 })).toBe(8)
  })

  test('[LEARN-19] four where the newest are of a class with few drawings beside a settled one', () => {
    expect(stepsOf({ cat: 50, fish: 49 }, ['cat', 'fish'])).toBe(12)
    expect(stepsOf({ cat: 50, fish: 49 }, ['cat'])).toBe(0)
    expect(stepsOf({ cat: 50, fish: 50 }, ['fish'])).toBe(0)
    expect(stepsOf({ one: 2 }, ['one'], { starter: ['one'] })).toBe(0)
  })

  test('[LEARN-19] not at all in a room without settled classes, without replay, or where nothing trains', () => {
    expect(stepsOf({ cat: 49, fish: 1 }, ['fish'], { joined: true })).toBe(0)
    expect(stepsOf({ cat: 50, fish: 1 }, ['fish'], { joined: true, what: 'newest' })).toBe(0)
    expect(stepsOf({ cat: 50, fish: 1 }, [], { joined: true })).toBe(0)
  })

  test('[LEARN-19] its drawings take no part in it, and it ends with the last of them', () => {
    const replay = replayOf({ cat: 50, fish: 1 })
    const group = { newest: ['fish0'], arrivals: 1, upTo: 1, steps: 3, settling: 24, done: 2 }
    expect(newestOfStep(group, replay).map(({ id }) => id)).toEqual(['fish0'])
    expect(newestOfStep({ ...group, done: 3 }, replay)).toEqual([])
    expect(withoutDrawings({ ...group, done: 1 }, ['fish0'])).toMatchObject({ steps: 1, settling: 0 })
    expect(withoutDrawings(group, ['cat0'])).toEqual(group)
  })
})
