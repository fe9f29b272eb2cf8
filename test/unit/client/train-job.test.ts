import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { room } from '../../../client/app/messages/en/room.ts'
import { train } from '../../../client/app/messages/en/train.ts'
import { backendWords, figureWords } from '../../../client/features/train/figure-words.ts'
import { jobShare } from '../../../client/features/train/job-share.ts'
import {
  comparisonOf,
  jobAnnouncement,
  planKey,
  roundWords,
  timeLeft,
} from '../../../client/features/train/job-words.ts'
import { factWords } from '../../../client/features/train/strip-words.ts'
import { useTimeLeft } from '../../../client/features/train/use-time-left.ts'
import { backendNames } from '../../../server/learning/backend/backend.ts'
import type { Accuracy, JobStatus, TrainingStatus } from '../../../shared/training/status.ts'
import { messageOf } from '../../support/message-of.ts'
import { trainingStatus } from '../../support/training-status.ts'

const plan = { family: 'cnn', why: 'asked', mnist: false, promote: 'rule', drawings: 60, others: 0 } as const
const progress = { epoch: 2, epochs: 8, step: 40, loss: 0.4, accuracy: 0.8, best: 0.85, seconds: 30 }
const running = { state: 'running', plan, progress, secondsLeft: 90 } as const
const accuracy = (right: number, of: number): Accuracy => ({
  right,
  of,
  share: right / of,
  low: 0,
  high: 1,
  kind: 'test',
})
const outcomes = ['promoted', 'not-better', 'waits', 'discarded', 'failed'] as const
const ended = { state: 'ended', plan, progress, outcome: 'waits', compared: null, reason: null } as const

describe('a full training', () => {
  it('[TRAINUI-3] is as far as its time says, else its rounds, else nobody knows', () => {
    expect(jobShare(running)).toBe(0.25)
    expect(jobShare({ ...running, secondsLeft: null })).toBe(0.25)
    expect(jobShare({ ...running, secondsLeft: null, progress: { ...progress, epochs: null } })).toBeNull()
    expect(jobShare({ ...running, secondsLeft: 0, progress: { ...progress, seconds: 0 } })).toBeNull()
    expect(roundWords(progress)).toEqual({ key: 'job.epochOf', values: { epoch: 3, epochs: 8 } })
    expect(roundWords({ ...progress, epoch: 8 }).values).toEqual({ epoch: 8, epochs: 8 })
    expect(roundWords({ ...progress, epochs: null }).key).toBe('job.epoch')
  })

  it('[TRAINUI-3] says what it trains on, drawings of the room and other digits apart', () => {
    const keys = [plan, { ...plan, drawings: 0, others: 900 }].map(planKey)
    expect(keys).toEqual(['job.plan', 'job.planDigits'])
    expect(keys.filter((key) => messageOf(train, key) === null)).toEqual([])
  })

  it('[TRAINUI-3] says how long it still takes, no more exactly than it can', () => {
    expect(timeLeft(null)).toBeNull()
    expect([12, 47, 61, 4000].map((seconds) => timeLeft(seconds)?.values)).toEqual([
      { n: 15 },
      { n: 50 },
      { n: 2 },
      { n: 67 },
    ])
  })

  it('[TRAINUI-3] is told to a screen reader at its beginning, each quarter and its end', () => {
    const at = (share: number) =>
      jobAnnouncement({
        ...running,
        secondsLeft: 100 * (1 - share),
        progress: { ...progress, seconds: 100 * share },
      })
    expect(jobAnnouncement(null)).toBeNull()
    expect([0.01, 0.1, 0.24].map(at)).toEqual(Array.from({ length: 3 }, () => ({ key: 'job.said.running' })))
    expect([0.26, 0.3, 0.49].map(at)).toEqual(
      Array.from({ length: 3 }, () => ({ key: 'job.said.part', values: { n: 25 } })),
    )
    expect(jobAnnouncement({ state: 'waiting', plan, ahead: 2 })).toEqual({ key: 'job.said.waiting' })
    expect(jobAnnouncement({ ...ended, outcome: 'promoted' })).toEqual({ key: 'job.said.promoted' })
  })

  it('[TRAINUI-4] shows what it reached beside what guessed before, on as many drawings', () => {
    const job = (before: Accuracy, after: Accuracy): Extract<JobStatus, { state: 'ended' }> => ({
      ...ended,
      compared: { before, after },
    })
    expect(comparisonOf(ended)).toBeNull()
    expect(comparisonOf(job(accuracy(23, 25), accuracy(24, 25)))).toEqual({
      before: '92',
      after: '96',
      of: 25,
    })
    expect(comparisonOf(job(accuracy(37, 40), accuracy(38, 40)))).toEqual({
      before: '92.5',
      after: '95',
      of: 40,
    })
  })

  it('[TRAINUI-2] has words for each outcome, reason and notice', () => {
    const keys = [
      ...outcomes.flatMap((outcome) => [`job.outcome.${outcome}`, `job.said.${outcome}`]),
      ...['rolled-back', 'one-class', 'new-family'].flatMap((kind) => [
        `notice.${kind}`,
        `notice.${kind}Text`,
      ]),
      ...['conv', 'pool', 'dense', 'head'].map((kind) => `network.kind.${kind}`),
      ...['rule', 'hand'].flatMap((way) => [`job.promote.${way}.name`, `job.promote.${way}.text`]),
    ]
    expect(keys.filter((key) => messageOf(train, key) === null)).toEqual([])
  })
})

describe('the technical line', () => {
  it('[TRAINUI-2] names each backend plainly, and leaves out what nobody knows', () => {
    for (const name of backendNames) expect(messageOf(train, backendWords(name)?.key ?? '')).not.toBeNull()
    expect(backendWords('abacus')).toBeNull()
    const quiet = { ...trainingStatus(), loss: null }
    expect(figureWords(quiet, null)).toEqual([])
    const busy: TrainingStatus = {
      ...quiet,
      loss: 0.412,
      samplesPerSecond: 1240.4,
      stepsPerSecond: 19.4,
      queue: 3,
      memory: { tensors: 214, bytes: 12_340_000 },
    }
    const words = figureWords(busy, null)
    expect(words.map(({ values }) => Object.values(values ?? {})[0])).toEqual([
      '0.41',
      '1,240',
      '19',
      3,
      214,
      '12.3',
    ])
    expect(words.filter(({ key }) => messageOf(train, key) === null)).toEqual([])
  })

  it('[STRIP-7] has a message for each of its facts', () => {
    const left = [
      { kind: 'labels', labels: 1 },
      { kind: 'time', ms: 1 },
      { kind: 'time', ms: 1e6 },
      { kind: 'button' },
    ] as const
    const words = left.flatMap((one) =>
      factWords(trainingStatus({ state: 'gathering', waiting: 1, left: one }, { job: running }), 3),
    )
    expect(words.filter(({ key }) => messageOf(room.strip, key) === null)).toEqual([])
  })
})

describe('[STRIP-7] the time to the next lesson', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }))
  afterEach(() => vi.useRealTimers())

  it('runs down between what the server says of it, to nothing, and stops with the gathering', async () => {
    const told = shallowRef<{ ms: number } | null>({ ms: 12_000 })
    const scope = effectScope()
    const left = scope.run(() => useTimeLeft(() => told.value))
    expect(left?.value).toBe(12_000)
    await vi.advanceTimersByTimeAsync(5000)
    expect(left?.value).toBe(7000)
    told.value = { ms: 12_000 }
    await nextTick()
    expect(left?.value).toBe(12_000)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(left?.value).toBe(0)
    told.value = null
    await nextTick()
    expect([left?.value, vi.getTimerCount()]).toEqual([null, 0])
    told.value = { ms: 1 }
    await nextTick()
    scope.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
