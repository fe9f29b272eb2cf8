import type { TrainingSettings } from '../../../shared/training/settings.ts'
import type { Words } from './say.ts'
import { settingSteps, type NumberSetting } from './setting-steps.ts'

/** As people write it: 0.001 rather than 1e-3. */
export function plainNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3, maximumFractionDigits: 7 })
}

/** A length of time, in the unit that suits it. */
export function timeWords(seconds: number): Words {
  if (seconds <= 90) return { key: 'settings.time.seconds', values: { n: Math.round(seconds) } }
  if (seconds < 5400) return { key: 'settings.time.minutes', values: { n: Math.round(seconds / 60) } }
  return { key: 'settings.time.hours', values: { n: plainNumber(seconds / 3600) } }
}

/** How the value of a setting reads. */
export function numberWords(name: NumberSetting, value: number): Words {
  const key = `settings.number.${name}.value`
  switch (name) {
    case 'seconds':
      return timeWords(value)
    case 'labels':
    case 'minutes':
    case 'evaluations':
    case 'epochs':
      return { key, values: { n: value } }
    case 'dropout':
    case 'augmentation':
      return value === 0 ? { key: 'settings.off' } : { key, values: { n: String(Math.round(value * 100)) } }
    case 'weightDecay':
    case 'momentum':
      return value === 0 ? { key: 'settings.off' } : { key, values: { n: plainNumber(value) } }
    default:
      return { key, values: { n: plainNumber(value) } }
  }
}

/** A line of how things are set: what it is about, what is chosen, and the number that goes with it. */
export interface SettingLine {
  readonly label: Words
  readonly choice: Words | null
  readonly number: Words | null
}

/** All that is set, in the order of the form. */
export function settingLines(settings: TrainingSettings): readonly SettingLine[] {
  const { when, stop } = settings
  const choice = (name: string, value: string, number: Words | null = null): SettingLine => ({
    label: { key: `settings.${name}.label` },
    choice: { key: `settings.${name}.${value}.name` },
    number,
  })
  const number = (name: NumberSetting, value: number): SettingLine => ({
    label: { key: `settings.number.${name}.label` },
    choice: null,
    number: numberWords(name, value),
  })
  return [
    choice('when', when.kind, whenNumber(when)),
    choice('what', settings.what),
    choice('stop', stop.kind, stopNumber(stop)),
    choice('layers', settings.layers),
    choice('optimiser', settings.optimiser),
    ...(settings.optimiser === 'sgd' ? [number('momentum', settings.momentum)] : []),
    number('learningRate', settings.learningRate),
    choice('schedule', settings.schedule),
    number('stepsPerArrival', settings.stepsPerArrival),
    number('batchSize', settings.batchSize),
    number('augmentation', settings.augmentation),
    number('dropout', settings.dropout),
    number('weightDecay', settings.weightDecay),
  ]
}

const choices: readonly string[] = ['when', 'what', 'stop', 'layers', 'optimiser', 'schedule']

/** The label of the setting that an error names by its path (`batchSize`, `when.labels`); null for none of them. */
export function fieldWords(path: string): Words | null {
  const name = path.split('.').at(-1) ?? ''
  if (name in settingSteps) return { key: `settings.number.${name}.label` }
  const [choice = ''] = path.split('.')
  return choices.includes(choice) ? { key: `settings.${choice}.label` } : null
}

function whenNumber(when: TrainingSettings['when']): Words | null {
  if (when.kind === 'labels') return numberWords('labels', when.labels)
  return when.kind === 'minutes' ? numberWords('minutes', when.minutes) : null
}

function stopNumber(stop: TrainingSettings['stop']): Words {
  if (stop.kind === 'patience') return numberWords('evaluations', stop.evaluations)
  return stop.kind === 'epochs' ? numberWords('epochs', stop.epochs) : numberWords('seconds', stop.seconds)
}
