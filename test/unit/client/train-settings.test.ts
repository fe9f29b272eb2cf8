import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { train } from '../../../client/app/messages/en/train.ts'
import { stopKinds, stopOf, whenKinds, whenOf } from '../../../client/features/train/setting-kinds.ts'
import {
  settingSteps,
  stepFrom,
  stepOf,
  type NumberSetting,
} from '../../../client/features/train/setting-steps.ts'
import {
  fieldWords,
  numberWords,
  settingLines,
  timeWords,
} from '../../../client/features/train/setting-words.ts'
import { useSettingsDraft } from '../../../client/features/train/use-settings-draft.ts'
import {
  defaultTrainingSettings,
  families,
  optimisers,
  schedules,
  trainedLayers,
  trainingBounds,
  trainingSettingsSchema,
  trainingSources,
  type TrainingSettings,
} from '../../../shared/training/settings.ts'
import { messageOf } from '../../support/message-of.ts'

const names = Object.keys(trainingBounds).filter((name): name is NumberSetting => name in settingSteps)

describe('the settings of the learning', () => {
  it('[STRIP-6] are stepped through from the least to the most allowed, and a value between two steps is left as it is', () => {
    expect(names).toHaveLength(Object.keys(trainingBounds).length)
    for (const name of names) {
      const steps = settingSteps[name]
      expect([name, steps[0], steps.at(-1)]).toEqual([
        name,
        trainingBounds[name].least,
        trainingBounds[name].most,
      ])
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
      for (const [index, step] of steps.entries()) expect(stepOf(name, step)).toBe(index)
    }
    expect(stepFrom('learningRate', 0.0012, 1)).toBe(0.002)
    expect(stepFrom('learningRate', 0.0012, -1)).toBe(0.001)
    expect(stepFrom('learningRate', 0.1, 1)).toBe(0.1)
    expect(stepOf('learningRate', 0.0012)).toBe(stepOf('learningRate', 0.001))
  })

  it('[STRIP-6] are valid whatever is chosen in the form', () => {
    for (const kind of whenKinds)
      for (const stop of stopKinds) {
        const chosen = {
          ...defaultTrainingSettings,
          when: whenOf(kind, defaultTrainingSettings.when),
          stop: stopOf(stop, defaultTrainingSettings.stop),
        }
        expect(trainingSettingsSchema.parse(chosen)).toEqual(chosen)
      }
    expect(whenOf('labels', { kind: 'labels', labels: 12 })).toEqual({ kind: 'labels', labels: 12 })
  })

  it('[TRAINUI-8] are named by their labels where the server refuses one', () => {
    const words = (path: string): string | null => messageOf(train, fieldWords(path)?.key ?? '')
    expect(words('batchSize')).toBe(train.settings.number.batchSize.label)
    expect(words('when.labels')).toBe(train.settings.number.labels.label)
    expect(words('when.kind')).toBe(train.settings.when.label)
    const shown = Object.keys(defaultTrainingSettings).filter((name) => name !== 'family')
    for (const name of shown) expect([name, words(name)]).not.toContain(null)
    expect(fieldWords('projectId')).toBeNull()
  })

  it('[TRAINUI-2] read as people write them', () => {
    expect(numberWords('learningRate', 1e-5).values).toEqual({ n: '0.00001' })
    expect(numberWords('learningRate', 0.0012).values).toEqual({ n: '0.0012' })
    expect(numberWords('dropout', 0.3).values).toEqual({ n: '30' })
    expect(numberWords('weightDecay', 0)).toEqual({ key: 'settings.off' })
    expect(numberWords('labels', 5)).toEqual({ key: 'settings.number.labels.value', values: { n: 5 } })
    expect([10, 60, 120, 5400, 14_400].map((seconds) => timeWords(seconds))).toEqual([
      { key: 'settings.time.seconds', values: { n: 10 } },
      { key: 'settings.time.seconds', values: { n: 60 } },
      { key: 'settings.time.minutes', values: { n: 2 } },
      { key: 'settings.time.hours', values: { n: '1.5' } },
      { key: 'settings.time.hours', values: { n: '4' } },
    ])
  })

  it('[TRAINUI-2] each have a name and a sentence', () => {
    const choices = {
      when: whenKinds,
      what: trainingSources,
      stop: stopKinds,
      layers: trainedLayers,
      optimiser: optimisers,
      schedule: schedules,
    }
    const keys = [
      ...Object.entries(choices).flatMap(([name, values]) =>
        values.flatMap((value) => [`settings.${name}.${value}.name`, `settings.${name}.${value}.text`]),
      ),
      ...families.flatMap((family) => [`family.${family}.name`, `family.${family}.text`]),
      ...names.flatMap((name) => ['label', 'text', 'value'].map((part) => `settings.number.${name}.${part}`)),
    ]
    expect(keys.filter((key) => messageOf(train, key) === null)).toEqual([])
  })

  it('[TRAINUI-2] are all told to those who do not set them', () => {
    const sgd: TrainingSettings = {
      ...defaultTrainingSettings,
      optimiser: 'sgd',
      when: { kind: 'labels', labels: 5 },
      stop: { kind: 'time', seconds: 60 },
    }
    const words = settingLines(sgd).flatMap(({ label, choice, number }) => [label, choice, number])
    const keys = words.flatMap((one) => (one ? [one.key] : []))
    expect(keys.filter((key) => messageOf(train, key) === null)).toEqual([])
    // Two of the fields, the network and what it was learned with, are on a page of their own.
    expect(settingLines(sgd)).toHaveLength(Object.keys(sgd).length - 1)
    expect(settingLines(defaultTrainingSettings)).toHaveLength(Object.keys(sgd).length - 2)
    expect(settingLines(sgd)[0]).toMatchObject({
      choice: { key: 'settings.when.labels.name' },
      number: { values: { n: 5 } },
    })
  })
})

describe('[TRAINUI-1] changes that are not saved yet', () => {
  const scope = effectScope()
  const draftOf = (settings: TrainingSettings) => {
    const saved = shallowRef(settings)
    const draft = scope.run(() => useSettingsDraft(() => saved.value))
    if (!draft) throw new Error('the scope is over')
    return { saved, draft }
  }

  it('are none once all is as it was', () => {
    const { draft } = draftOf(defaultTrainingSettings)
    expect([draft.changed.value, draft.isUsual.value]).toEqual([false, true])
    draft.set('when', { kind: 'labels', labels: 5 })
    expect([draft.changed.value, draft.isUsual.value]).toEqual([true, false])
    expect(draft.values.value).toEqual({ ...defaultTrainingSettings, when: { kind: 'labels', labels: 5 } })
    draft.set('when', { kind: 'each' })
    expect(draft.changed.value).toBe(false)
    draft.set('batchSize', 32)
    draft.revert()
    expect(draft.values.value).toEqual(defaultTrainingSettings)
  })

  it('stay where others save something else, and give way to nothing but their own saving', async () => {
    const { saved, draft } = draftOf(defaultTrainingSettings)
    draft.set('batchSize', 32)
    saved.value = { ...defaultTrainingSettings, dropout: 0.5 }
    await nextTick()
    expect(draft.values.value).toMatchObject({ batchSize: 32, dropout: 0.5 })
    // Every message of the trainer brings the settings anew.
    saved.value = { ...saved.value }
    await nextTick()
    expect(draft.changed.value).toBe(true)
    saved.value = { ...saved.value, batchSize: 32 }
    await nextTick()
    expect(draft.changed.value).toBe(false)
    saved.value = { ...saved.value, batchSize: 128 }
    expect(draft.values.value.batchSize).toBe(128)
  })

  it('go back to those of a new room, but for the network', () => {
    const { draft } = draftOf({ ...defaultTrainingSettings, family: 'mlp', dropout: 0.5, what: 'newest' })
    draft.toDefaults()
    expect(draft.values.value).toEqual({ ...defaultTrainingSettings, family: 'mlp' })
    expect([draft.changed.value, draft.isUsual.value]).toEqual([true, true])
  })
})
