import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CheckpointInfo } from '../../../shared/protocol/entities.ts'
import type { Accuracy, JobStatus } from '../../../shared/training/status.ts'
import { LearningError } from '../../../server/learning/errors.ts'
import type { CheckpointState } from '../../../server/learning/service.ts'
import { RoomCheckpoints, SCHEDULE_MS } from '../../../server/rooms/room-checkpoints.ts'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { StoreError, type Store } from '../../../server/storage/store.ts'
import { fillStore } from '../../contract/store-records.ts'
import { MemoryDisk } from '../../fuzz/memory-store.ts'
import { statusOf } from '../../support/fake-learning.ts'

const sqlite = await loadDriver(['better-sqlite3', 'libsql'])

/** A training that is a number of steps. */
class Steps {
  step = 0
  taken = 0
  underway = 0
  accuracy: Accuracy | null = null
  job: JobStatus | null = null
  restored: number[] = []
  /** What a full training adds to the state. */
  jobBytes: number[] = []

  readonly status = () => ({ ...statusOf(this.step), accuracy: this.accuracy, job: this.job })
  async checkpoint(): Promise<CheckpointState> {
    this.taken++
    this.underway++
    expect(this.underway).toBe(1)
    const { step, accuracy } = this
    await new Promise((resolve) => setTimeout(resolve, 100))
    this.underway--
    const figures = { accuracy: accuracy?.share ?? null, accuracyKind: accuracy?.kind ?? null, loss: 0.5 }
    return {
      step,
      blob: Uint8Array.of(step, ...this.jobBytes),
      ...figures,
      trainedTo: step,
      classIds: ['c1'],
      family: 'cnn',
    }
  }
  restore(_projectId: string, blob: Uint8Array) {
    const [step] = blob
    if (step === undefined) return Promise.reject(new LearningError('checkpoint-damaged', 'it is empty'))
    this.step = step
    this.restored.push(step)
    const model = {
      version: 1,
      step,
      classIds: ['c1'],
      serving: 'ema',
      family: 'cnn',
      parameters: 1,
      trainedTo: 0,
    } as const
    return Promise.resolve({ model, status: this.status() })
  }
  assess(): Promise<never> {
    return Promise.reject(new LearningError('internal', 'nothing to measure on'))
  }
}

const plan = { family: 'cnn', why: 'asked', mnist: false, promote: 'rule', drawings: 5, others: 0 } as const
const noProgress = { epoch: 0, epochs: null, step: 0, loss: null, accuracy: null, best: null, seconds: 0 }
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
let training: Steps
let store: Store
let told: CheckpointInfo[]
let counted: string[]
let checkpoints: RoomCheckpoints

beforeEach(async () => {
  vi.useFakeTimers()
  training = new Steps()
  told = []
  counted = []
  store = new MemoryDisk(sqlite, { commitMs: () => 0, answerMs: () => 0 }).open()
  const filled = fillStore(store)
  await vi.advanceTimersByTimeAsync(50)
  await filled
  checkpoints = open(store)
})
afterEach(() => {
  vi.useRealTimers()
})

function open(on: Store, projectId = 'p1'): RoomCheckpoints {
  return new RoomCheckpoints({
    projectId,
    store: on,
    learning: training,
    log: silent,
    clock: { now: Date.now },
    metrics: {
      count: (name) => counted.push(name),
      refused: (limit) => counted.push(limit),
      observe: () => undefined,
    },
    ready: () => Promise.resolve(),
    step: () => training.step,
    job: () => training.job,
    changed: ({ added }) => {
      if (added) told.push(added)
    },
  })
}

async function passes(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

/** What a promise became, while time goes on for it. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  const watched = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await passes(2_000)
  const end = await watched
  if ('error' in end) throw end.error
  return end.value
}

function accuracy(right: number, of: number): Accuracy {
  return { right, of, share: right / of, low: 0, high: 1, kind: 'test' }
}

describe('the schedule', () => {
  it('[CKPT-10] writes every 8 seconds while steps go on, and nothing while none are made', async () => {
    checkpoints.start(-1)
    training.step = 1
    await passes(SCHEDULE_MS + 200)
    expect(told.map(({ step, reason }) => [step, reason])).toEqual([[1, 'schedule']])
    await passes(3 * SCHEDULE_MS)
    expect(training.taken).toBe(1)
    for (let i = 0; i < 30; i++) {
      training.step++
      await passes(1_000)
    }
    const gaps = told.slice(1).map(({ at }, i) => at - (told[i]?.at ?? 0))
    expect(told.length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...gaps.slice(1))).toBeLessThanOrEqual(SCHEDULE_MS + 200)
    await settled(checkpoints.stop())
    training.step++
    const { taken } = training
    await passes(3 * SCHEDULE_MS)
    expect(training.taken).toBe(taken)
  })

  it('[CKPT-10] rooms take turns', async () => {
    const firsts: number[] = []
    training.step = 1
    for (const projectId of ['a', 'b', 'c', 'd']) {
      const began = Date.now()
      const one = open(store, projectId)
      one.start(-1)
      while (one.shelf.records.length === 0) await passes(50)
      firsts.push(Date.now() - began)
      await settled(one.stop())
    }
    expect(Math.max(...firsts)).toBeLessThanOrEqual(SCHEDULE_MS + 300)
    expect(new Set(firsts.map((ms) => Math.round(ms / 500))).size).toBeGreaterThan(2)
  })

  it('[CKPT-17] a full training is written while it goes on, at its end at once, and on a stop as far as it has come', async () => {
    training.step = 1
    checkpoints.start(1)
    const runs = (step: number): void => {
      const progress = { ...noProgress, step }
      training.job = { state: 'running', plan, progress, secondsLeft: null }
      training.jobBytes = [step]
      checkpoints.told(training.status())
    }
    const reasons = (): string[] => told.map(({ reason }) => reason)
    runs(1)
    await passes(2 * SCHEDULE_MS)
    expect(reasons()).toEqual(['schedule'])
    await passes(2 * SCHEDULE_MS)
    expect(reasons()).toEqual(['schedule'])
    expect(checkpoints.behind).toBe(false)
    runs(2)
    expect(checkpoints.behind).toBe(true)
    await passes(SCHEDULE_MS + 200)
    expect(reasons()).toEqual(['schedule', 'schedule'])

    training.jobBytes = [3]
    await settled(checkpoints.saveIfChanged('stop'))
    expect(reasons().slice(2)).toEqual(['stop'])
    await settled(checkpoints.saveIfChanged('stop'))
    expect(reasons().slice(2)).toEqual(['stop'])

    training.job = {
      state: 'ended',
      plan,
      progress: noProgress,
      outcome: 'promoted',
      compared: null,
      reason: null,
    }
    training.jobBytes = []
    checkpoints.told(training.status())
    await passes(200)
    expect(reasons().slice(3)).toEqual(['promotion'])
    checkpoints.told(training.status())
    await passes(2 * SCHEDULE_MS)
    await settled(checkpoints.saveIfChanged('stop'))
    expect(told).toHaveLength(4)
    await settled(checkpoints.stop())
  })

  it('[CKPT-17] the end of a full training is written also while another checkpoint is being written', async () => {
    training.step = 1
    checkpoints.start(1)
    training.job = { state: 'running', plan, progress: noProgress, secondsLeft: null }
    training.jobBytes = [1]
    checkpoints.told(training.status())
    const request = checkpoints.save('request')
    await passes(10)
    const ended = { state: 'ended', plan, progress: noProgress, outcome: 'waits' } as const
    training.job = { ...ended, compared: null, reason: null }
    training.jobBytes = [2]
    checkpoints.told(training.status())
    await passes(300)
    await request
    expect(told.map(({ reason }) => reason)).toEqual(['request', 'schedule'])
    await settled(checkpoints.stop())
  })

  it('[CKPT-11] one is written at a time; requests that wait for the same one share it', async () => {
    training.step = 3
    const first = checkpoints.save('request')
    await passes(10)
    const [second, third] = [checkpoints.save('request'), checkpoints.saveIfChanged('stop')]
    const shared = checkpoints.save('request')
    const infos = await settled(Promise.all([first, second, shared]))
    const ids = infos.map(({ id }) => id)
    expect(ids[1]).toBe(ids[2])
    expect(ids[0]).not.toBe(ids[1])
    expect(await third).toBeNull()
    expect(training.taken).toBe(3)
    expect(told).toHaveLength(2)
  })

  it('[CKPT-2] a new best on drawings kept aside is written at once, and no small gain or guess beforehand is', async () => {
    checkpoints.start(-1)
    training.step = 1
    await passes(SCHEDULE_MS + 200)
    const measure = async (step: number, figure: Accuracy): Promise<void> => {
      training.step = step
      training.accuracy = figure
      checkpoints.told({ ...training.status(), accuracy: figure })
      await passes(200)
    }
    const reasons = (): string[] => told.slice(1).map(({ reason }) => reason)
    await measure(2, { ...accuracy(90, 100), kind: 'prequential' })
    expect(reasons()).toEqual([])
    await measure(3, accuracy(20, 40))
    expect(reasons()).toEqual(['promotion'])
    await passes(SCHEDULE_MS)
    await measure(4, accuracy(21, 40))
    await measure(4, accuracy(24, 40))
    expect(reasons().filter((reason) => reason === 'promotion')).toHaveLength(2)
    await measure(5, accuracy(40, 40))
    expect(reasons().filter((reason) => reason === 'promotion')).toHaveLength(2)
    await settled(checkpoints.stop())
  })
})

describe('a roll back', () => {
  it('[CKPT-12] writes where the model was, then itself with what it came from', async () => {
    training.step = 5
    const { id } = await settled(checkpoints.save('request'))
    training.step = 9
    const { checkpoint, training: status } = await settled(checkpoints.restore(id))
    expect(status.step).toBe(5)
    expect(checkpoint).toMatchObject({ step: 5, reason: 'rollback', fromId: id })
    expect(told.map(({ step, reason }) => [step, reason])).toEqual([
      [5, 'request'],
      [9, 'schedule'],
      [5, 'rollback'],
    ])
    expect(checkpoints.currentId).toBe(checkpoint.id)
    const forward = await settled(checkpoints.restore(told[1]?.id ?? ''))
    expect(forward.checkpoint).toMatchObject({ step: 9, reason: 'rollback', fromId: told[1]?.id })
    expect(training.restored).toEqual([5, 9])
    training.step = 10
    expect(checkpoints.currentId).toBeNull()
  })

  it('[CKPT-13] one that cannot be written is undone, and answered as an error', async () => {
    const failing = open({
      ...store,
      putCheckpoint: (record, blob) =>
        record.reason === 'rollback'
          ? Promise.reject(new StoreError('unavailable', 'the disk is full'))
          : store.putCheckpoint(record, blob),
    })
    training.step = 5
    const { id } = await settled(failing.save('request'))
    training.step = 9
    await expect(settled(failing.restore(id))).rejects.toMatchObject({ code: 'unavailable' })
    expect(training.step).toBe(9)
    expect(training.restored).toEqual([5, 9])
    expect(await settled(failing.saveIfChanged('stop'))).toBeNull()
    expect(told.at(-1)).toMatchObject({ step: 9, reason: 'stop' })
  })

  it('[CKPT-14] one that is damaged is refused, shown and counted once; the model stays', async () => {
    training.step = 5
    const { id } = await settled(checkpoints.save('request'))
    training.step = 9
    const damaged = open({
      ...store,
      readCheckpoint: () => Promise.reject(new StoreError('corrupt', 'its bytes were altered')),
    })
    await settled(damaged.shelf.newest())
    await expect(settled(damaged.restore(id))).rejects.toMatchObject({ code: 'conflict' })
    expect(damaged.shelf.list()).toMatchObject([{ id, problem: 'damaged' }])
    expect(counted.filter((name) => name === 'checkpoints_damaged')).toHaveLength(1)
    expect(training.step).toBe(9)
    expect(await settled(store.listCheckpoints('p1'))).toHaveLength(1)
  })

  it('[LIMIT-2] comparisons and roll backs that wait are bounded', async () => {
    training.step = 5
    const { id } = await settled(checkpoints.save('request'))
    const asked = Array.from({ length: 6 }, () => checkpoints.restore(id).catch((error: unknown) => error))
    const answers = await settled(Promise.all(asked))
    expect(answers.filter((answer) => answer instanceof Error)).toMatchObject([
      { code: 'too-many' },
      { code: 'too-many' },
    ])
    expect(counted.filter((name) => name === 'checkpoint-work')).toHaveLength(2)
  })
})
