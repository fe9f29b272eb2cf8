import { describe, expect, test } from 'vitest'
import { liveRate, noteEvaluation, practiceIsOver } from '../../../server/learning/trainer/practice.ts'
import { freshPractice, noPractice, type Group } from '../../../server/learning/trainer/state.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'

const stateWith = (
  settings: Partial<TrainingSettings>,
  done: Partial<ReturnType<typeof freshPractice>> = {},
) => ({
  practice: { ...freshPractice(), ...done },
  settings: { ...defaultTrainingSettings, ...settings },
  group: null as Group | null,
  rateFactor: 1,
})

describe('when practice ends', () => {
  test('[LEARN-47] after so many evaluations without gain, and then at the latest', () => {
    const stop = { kind: 'patience', evaluations: 2 } as const
    expect(practiceIsOver(stateWith({ stop }, { steps: 20, flat: 1 }), 50)).toBe(false)
    expect(practiceIsOver(stateWith({ stop }, { steps: 20, flat: 2 }), 50)).toBe(true)
    expect(practiceIsOver(stateWith({ stop }, { steps: 24 }), 50)).toBe(true)
    expect(practiceIsOver(stateWith({}, { steps: 59 }), 50)).toBe(false)
    expect(practiceIsOver(stateWith({}, { steps: 60 }), 50)).toBe(true)
  })

  test('[LEARN-47] after so many epochs, or so long, whatever is gained', () => {
    const epochs = { stop: { kind: 'epochs', epochs: 3 }, batchSize: 16 } as const
    expect(practiceIsOver(stateWith(epochs, { steps: 11, flat: 9 }), 50)).toBe(false)
    expect(practiceIsOver(stateWith(epochs, { steps: 12 }), 50)).toBe(true)
    const time = { stop: { kind: 'time', seconds: 5 } } as const
    expect(practiceIsOver(stateWith(time, { steps: 900, ms: 4_999 }), 50)).toBe(false)
    expect(practiceIsOver(stateWith(time, { steps: 1, ms: 5_000 }), 50)).toBe(true)
    expect(practiceIsOver({ ...stateWith(time), practice: noPractice() }, 50)).toBe(true)
  })

  test('[LEARN-47] only a lower surprise is a gain', () => {
    const practice = { ...freshPractice(), lossSum: 6 }
    for (const surprise of [1, 0.999, 1.2]) noteEvaluation(practice, surprise)
    expect(practice).toMatchObject({ best: 1, flat: 2, lossSum: 0 })
    noteEvaluation(practice, 0.5)
    expect(practice).toMatchObject({ best: 0.5, flat: 0 })
    practice.lossSum = 1.2
    noteEvaluation(practice, null)
    expect(practice.best).toBeCloseTo(0.2, 9)
  })
})

describe('the learning rate of the loop', () => {
  const rate = (schedule: TrainingSettings['schedule'], steps: number, more = {}): number =>
    liveRate({ ...stateWith({ schedule, learningRate: 0.01 }, { steps }), ...more }, 50)

  test('[LEARN-48] a schedule runs over the practice, and one-cycle begins at its peak', () => {
    for (const schedule of ['exponential', 'cosine', 'one-cycle'] as const) {
      expect(rate(schedule, 0)).toBeCloseTo(0.01, 9)
      expect(rate(schedule, 30)).toBeLessThan(0.006)
      expect(rate(schedule, 59)).toBeLessThan(0.0006)
    }
    expect(rate('constant', 59)).toBe(0.01)
  })

  test('[LEARN-48] arrivals are learned from at the full rate of a schedule; a roll back halves any', () => {
    const group: Group = { newest: ['1'], arrivals: 1, upTo: 1, steps: 3, settling: 0, done: 1 }
    expect(rate('cosine', 59, { group })).toBe(0.01)
    expect(rate('cosine', 59, { group, rateFactor: 0.25 })).toBe(0.0025)
    expect(rate('constant', 5, { rateFactor: 0.5 })).toBe(0.005)
  })

  test('[LEARN-48] a constant rate is lower where evaluations of practice stall', () => {
    const stalled = (flat: number): number => liveRate(stateWith({ learningRate: 0.008 }, { flat }), 50)
    expect([0, 1, 3, 5].map(stalled)).toEqual([0.008, 0.004, 0.001, 0.001])
    const group: Group = { newest: ['1'], arrivals: 1, upTo: 1, steps: 3, settling: 0, done: 1 }
    expect(liveRate({ ...stateWith({ learningRate: 0.008 }, { flat: 3 }), group }, 50)).toBe(0.008)
  })
})
