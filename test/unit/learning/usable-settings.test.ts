import { describe, expect, test } from 'vitest'
import { checkedSettings, clampedSettings } from '../../../server/learning/trainer/usable-settings.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'

const former = { learningRate: 1e-3, batchSize: 64, stepsPerArrival: 3 }

describe('training settings', () => {
  test('[LEARN-42] those of earlier versions get the defaults', () => {
    expect(checkedSettings(former)).toEqual(defaultTrainingSettings)
    expect(clampedSettings(former)).toEqual(defaultTrainingSettings)
  })

  test.each([
    [{ learningRate: 0 }, 'learningRate'],
    [{ learningRate: NaN }, 'learningRate'],
    [{ learningRate: 1e9 }, 'learningRate'],
    [{ batchSize: 0 }, 'batchSize'],
    [{ batchSize: 12.5 }, 'batchSize'],
    [{ dropout: 1 }, 'dropout'],
    [{ when: { kind: 'labels' as const, labels: 1 } }, 'when.labels'],
  ])('[LEARN-42] %o is refused by name', (wrong, field) => {
    const ask = (): unknown => checkedSettings({ ...former, ...wrong })
    expect(ask).toThrow(field)
    expect(ask).toThrow(expect.objectContaining({ code: 'bad-settings' }))
  })

  test('[LEARN-42] stored ones that are out of bounds are brought into them', () => {
    const stored = (wrong: object): unknown => clampedSettings({ ...former, ...wrong })
    const usable = (right: object): unknown => ({ ...defaultTrainingSettings, ...right })
    expect(stored({ learningRate: 1e9 })).toEqual(usable({ learningRate: 0.1 }))
    expect(stored({ learningRate: Infinity })).toEqual(usable({ learningRate: 0.1 }))
    expect(stored({ learningRate: 0 })).toEqual(usable({ learningRate: 1e-5 }))
    expect(stored({ learningRate: NaN, batchSize: null })).toEqual(usable({}))
    expect(stored({ batchSize: 12.4, dropout: 0.95 })).toEqual(usable({ batchSize: 12, dropout: 0.8 }))
    expect(stored({ when: { kind: 'labels', labels: 0 }, family: 'none' })).toEqual(usable({}))
    expect(clampedSettings(null)).toEqual(defaultTrainingSettings)
  })
})
