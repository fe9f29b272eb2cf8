import type { TrainingSettings } from '../../../shared/training/settings.ts'

type When = TrainingSettings['when']
type Stop = TrainingSettings['stop']

const whens: { readonly [Kind in When['kind']]: Extract<When, { kind: Kind }> } = {
  each: { kind: 'each' },
  labels: { kind: 'labels', labels: 5 },
  minutes: { kind: 'minutes', minutes: 5 },
  button: { kind: 'button' },
}
const stops: { readonly [Kind in Stop['kind']]: Extract<Stop, { kind: Kind }> } = {
  patience: { kind: 'patience', evaluations: 5 },
  epochs: { kind: 'epochs', epochs: 10 },
  time: { kind: 'time', seconds: 60 },
}

export const whenKinds = Object.values(whens).map(({ kind }) => kind)
export const stopKinds = Object.values(stops).map(({ kind }) => kind)

/** The choice of a kind, with the number that the room has for it, else one to begin with. */
export function whenOf(kind: When['kind'], saved: When): When {
  return saved.kind === kind ? saved : whens[kind]
}
export function stopOf(kind: Stop['kind'], saved: Stop): Stop {
  return saved.kind === kind ? saved : stops[kind]
}
