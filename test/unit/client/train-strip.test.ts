import { describe, expect, it } from 'vitest'
import { room } from '../../../client/app/messages/en/room.ts'
import { balanceWords, drawNext, pilesOf } from '../../../client/features/train/balance-words.ts'
import {
  accuracyWords,
  factWords,
  isAtWork,
  newestRun,
  phaseWords,
  upToNow,
} from '../../../client/features/train/strip-words.ts'
import type { DrawingInfo, Person } from '../../../shared/protocol/entities.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import type { Accuracy, AccuracyPoint, JobStatus, TrainingPhase } from '../../../shared/training/status.ts'
import { messageOf } from '../../support/message-of.ts'
import { trainingStatus as status } from '../../support/training-status.ts'

const names = ['apple', 'cat', 'ice cream']
const classes = names.map((name, index) => ({ id: name.slice(0, 2), name, number: index + 1, count: 0 }))
const noor: Person = {
  id: 'noor',
  name: 'Noor',
  animal: 'penguin',
  pen: 4,
  role: 'editor',
  online: true,
  idle: false,
  canvasId: null,
}
const drawing: DrawingInfo = {
  id: 'd1',
  canvasId: 'c1',
  pageId: 'p1',
  classId: 'ca',
  byUserId: 'someone',
  contributorIds: ['noor'],
  split: 'train',
  seq: 1,
  at: 0,
}
const known = {
  classes,
  drawings: new Map([['d1', drawing]]),
  people: new Map([['noor', noor]]),
  total: 12,
}

const training = {
  plan: { family: 'cnn', why: 'asked', mnist: false, promote: 'rule', drawings: 60, others: 0 },
  progress: { epoch: 1, epochs: null, step: 9, loss: 1, accuracy: null, best: null, seconds: 10 },
} as const

const piles = (...counts: number[]) =>
  pilesOf(classes, (id) => counts[classes.findIndex((one) => one.id === id)] ?? 0)

describe('the words of the learning strip', () => {
  it('[STRIP-1] names the drawing it learns from and who drew it', () => {
    const learning: TrainingPhase = { state: 'learning', drawingId: 'd1', classId: 'ca', arrivals: 1 }
    expect(phaseWords(status(learning), known)).toEqual({
      key: 'learningFrom',
      values: { who: 'Noor', name: 'cat' },
    })
    expect(phaseWords(status({ ...learning, drawingId: 'd9' }), known)).toEqual({
      key: 'learningName',
      values: { name: 'cat' },
    })
    expect(phaseWords(status({ ...learning, classId: 'gone' }), known)).toEqual({ key: 'learning' })
  })

  it('[STRIP-1] has words for each state', () => {
    expect(phaseWords(null, known).key).toBe('starting')
    expect(phaseWords(status({ state: 'idle' }), known).key).toBe('idle')
    expect(phaseWords(status({ state: 'idle' }), { ...known, total: 0 }).key).toBe('nothing')
    expect(phaseWords(status({ state: 'waiting', ahead: 2 }), known)).toEqual({
      key: 'waiting',
      values: { n: 2 },
    })
    expect(phaseWords(status({ state: 'paused' }, { pending: 3 }), known).key).toBe('pausedPending')
    expect(phaseWords(status({ state: 'failed', reason: 'disk full' }), known).key).toBe('failed')
    expect(factWords(status({ state: 'failed', reason: 'disk full' }), 3)[0]?.values).toEqual({
      reason: 'disk full',
    })
  })

  it('[STRIP-7] says how many drawings wait, and for what', () => {
    const gathering = (left: Extract<TrainingPhase, { state: 'gathering' }>['left']) =>
      status({ state: 'gathering', waiting: 3, left }, { lastLearnedMs: null, step: 0 })
    const labels = gathering({ kind: 'labels', labels: 2 })
    expect(phaseWords(labels, known)).toEqual({ key: 'gathering', values: { n: 3 } })
    expect(factWords(labels, 12)).toEqual([
      { key: 'gatherLabels', values: { n: 5 } },
      { key: 'drawings', values: { n: 12 } },
    ])
    const time = gathering({ kind: 'time', ms: 200_000 })
    expect(factWords(time, 12)[0]).toEqual({ key: 'gatherMinutes', values: { n: 4 } })
    expect(factWords(time, 12, 100_000)[0]).toEqual({ key: 'gatherMinutes', values: { n: 2 } })
    expect(factWords(time, 12, 0)[0]).toEqual({ key: 'gatherSoon' })
    expect(factWords(gathering({ kind: 'button' }), 12)[0]).toEqual({ key: 'gatherButton' })
  })

  it('[STRIP-7] says how far a full training is', () => {
    const job: JobStatus = { state: 'running', ...training, secondsLeft: 30 }
    expect(factWords(status({ state: 'idle' }, { job }), 12)).toContainEqual({
      key: 'jobPart',
      values: { n: 25 },
    })
    for (const total of [0, 12])
      expect(phaseWords(status({ state: 'idle' }, { job }), { ...known, total })).toEqual({ key: 'training' })
    const unknown = status({ state: 'idle' }, { job: { ...job, secondsLeft: null } })
    expect(factWords(unknown, 12)).toContainEqual({ key: 'job' })
  })

  it('[STRIP-7] says that a full training waits, for its turn or for a decision, and nothing once it is decided', () => {
    const { plan, progress } = training
    const first = (job: JobStatus) => factWords(status({ state: 'idle' }, { job }), 12)[0]?.key
    const ended = { state: 'ended', plan, progress, outcome: 'waits', compared: null, reason: null } as const
    expect(first({ state: 'waiting', plan, ahead: 1 })).toBe('jobWaits')
    expect(first(ended)).toBe('jobUndecided')
    expect(first({ ...ended, outcome: 'promoted' })).toBe('seconds')
    for (const key of ['jobWaits', 'jobUndecided']) expect(messageOf(room.strip, key)).not.toBeNull()
  })

  it('[STRIP-8] says while the newest drawings alone are learned from', () => {
    const settings = { ...defaultTrainingSettings, what: 'newest' } as const
    expect(factWords(status({ state: 'idle' }, { settings }), 12)[0]).toEqual({ key: 'forgets' })
    expect(factWords(status({ state: 'idle' }), 12)).not.toContainEqual({ key: 'forgets' })
    expect(messageOf(room.strip, 'forgets')).not.toBeNull()
  })

  it('[STRIP-7] tells a full training that goes on from one that rests with the learning', () => {
    const job: JobStatus = { state: 'running', ...training, secondsLeft: 30 }
    const learning = { state: 'learning', drawingId: 'd1', classId: 'ca', arrivals: 1 } as const
    expect([status({ state: 'idle' }, { job }), status(learning)].map(isAtWork)).toEqual([true, true])
    const resting = [
      status({ state: 'paused' }, { job }),
      status({ state: 'failed', reason: 'x' }, { job }),
      status({ state: 'idle' }, { job: { state: 'waiting', plan: training.plan, ahead: 1 } }),
      null,
    ]
    expect(resting.map(isAtWork)).toEqual([false, false, false, false])
  })

  it('[STRIP-2] says on how many drawings the accuracy rests, with its band', () => {
    const accuracy = { right: 42, of: 48, share: 0.875, low: 0.753, high: 0.941, kind: 'test' } as const
    expect(accuracyWords(status({ state: 'idle' }, { accuracy }))).toEqual({
      percent: '87.5',
      basis: { key: 'keptAside', values: { right: 42, n: 48 } },
      band: { key: 'band', values: { low: '75', high: '94' } },
    })
    const early = { ...accuracy, right: 6, of: 8, share: 0.75, kind: 'prequential' } as const
    expect(accuracyWords(status({ state: 'idle' }, { accuracy: early }))).toMatchObject({
      percent: '75',
      basis: { key: 'prequential' },
    })
    expect(accuracyWords(status({ state: 'idle' }, { accuracy: { ...early, of: 4 } }))).toBeNull()
    expect(accuracyWords(status({ state: 'idle' }))).toBeNull()
  })

  it('[STRIP-3] draws only the newest run of one kind of accuracy', () => {
    const point = (step: number, kind: AccuracyPoint['kind']): AccuracyPoint => ({
      at: 0,
      step,
      share: 0.5,
      low: 0.4,
      high: 0.6,
      kind,
    })
    const points = [point(1, 'prequential'), point(2, 'test'), point(3, 'test')]
    expect(newestRun(points).map(({ step }) => step)).toEqual([2, 3])
    expect(newestRun([])).toEqual([])
  })

  it('[STRIP-3] ends the accuracy line at the figure that is shown', () => {
    const test = { right: 18, of: 21, share: 0.857, low: 0.65, high: 0.95, kind: 'test' } as const
    const point = { at: 5, step: 4, share: 0.905, low: 0.7, high: 0.97, kind: 'test' } as const
    const told = (accuracy: Accuracy | null, step = 9) => status({ state: 'idle' }, { accuracy, step })
    const run = [point]
    expect(upToNow(run, told(test))).toEqual([
      point,
      { at: 5, step: 9, share: 0.857, low: 0.65, high: 0.95, kind: 'test' },
    ])
    const same = [told({ ...test, share: 0.905 }), told(test, 4), told({ ...test, kind: 'prequential' })]
    for (const one of [...same, told(null), null]) expect(upToNow(run, one)).toBe(run)
    expect(upToNow([], told(test))).toEqual([])
  })
})

describe('what to draw next', () => {
  it('[STRIP-4] says how even the piles are and which is the smallest', () => {
    expect(balanceWords(piles(0, 0, 0)).title.key).toBe('noPiles')
    expect(balanceWords(piles(5, 5, 5))).toMatchObject({
      title: { key: 'even' },
      detail: { values: { n: 5 } },
    })
    expect(balanceWords(piles(30, 28, 25)).title.key).toBe('nearlyEven')
    expect(balanceWords(piles(27, 31, 9))).toMatchObject({
      title: { key: 'mostlyEven' },
      detail: { key: 'hasOnly', values: { name: 'ice cream', n: 9 } },
    })
    expect(balanceWords(piles(5, 5, 0)).detail?.key).toBe('hasNone')
  })

  it('[STRIP-5] asks for thin piles first, then for what is mixed up', () => {
    expect(drawNext([], null)).toBeNull()
    expect(drawNext(piles(5, 5, 0), ['ca', 'ap', 4])).toMatchObject({
      pile: { id: 'ic' },
      why: { key: 'neverSeen' },
    })
    expect(drawNext(piles(20, 21, 19), ['ca', 'ap', 4])).toMatchObject({
      pile: { id: 'ca' },
      why: { key: 'mixed', values: { name: 'apple' } },
    })
    expect(drawNext(piles(30, 31, 9), ['ic', 'ap', 4])).toMatchObject({
      pile: { id: 'ic' },
      why: { key: 'mixed' },
    })
    expect(drawNext(piles(20, 21, 19), null)).toMatchObject({ pile: { id: 'ic' }, why: { key: 'seenOnly' } })
  })
})
