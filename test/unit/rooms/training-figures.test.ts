import { expect, test } from 'vitest'
import type { LearningEvents } from '../../../server/learning/service.ts'
import { watchTraining } from '../../../server/rooms/training-figures.ts'
import type { JobStatus, TrainingStatus } from '../../../shared/training/status.ts'
import { statusOf } from '../../support/fake-learning.ts'

const plan = { family: 'cnn', why: 'asked', mnist: false, promote: 'rule', drawings: 5, others: 0 } as const
const waiting: JobStatus = { state: 'waiting', plan, ahead: 0 }
const progress = { epoch: 0, epochs: null, step: 0, loss: null, accuracy: null, best: null, seconds: 0 }
const running: JobStatus = { state: 'running', plan, progress, secondsLeft: null }
const ended: JobStatus = { state: 'ended', plan, progress, outcome: 'waits', compared: null, reason: null }

test('[HTTP-8] the speed of the training is that of the newest word of it, and nothing once it rests', () => {
  let now = 0
  const listeners: LearningEvents[] = []
  const statuses: TrainingStatus[] = [waiting, running, waiting, ended, null].map((job) => ({
    ...statusOf(1),
    job,
  }))
  const read = watchTraining({
    learning: {
      subscribe: (events) => {
        listeners.push(events)
        return () => undefined
      },
    },
    clock: { now: () => now },
    trainings: () => statuses,
  })
  const resting = { stepsPerSecond: 0, samplesPerSecond: 0, jobsWaiting: 2, jobsRunning: 1 }
  expect(read()).toEqual({ ...resting, queue: 0, tensors: 0, bytes: null })

  const memory = { tensors: 7, bytes: 4_096 }
  const status = { ...statusOf(2), stepsPerSecond: 12, samplesPerSecond: 768, queue: 3, memory }
  for (const heard of listeners) heard.status('p', status)
  const same = { queue: 3, ...memory }
  now = 9_000
  expect(read()).toEqual({ ...resting, stepsPerSecond: 12, samplesPerSecond: 768, ...same })
  now = 11_000
  expect(read()).toEqual({ ...resting, ...same })
})
