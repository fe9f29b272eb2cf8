import { parentPort } from 'node:worker_threads'
import { lowerThreadPriority } from '../../ops/thread-priority.ts'
import { WorkerChannel } from '../../ops/worker-channel.ts'
import type { TrainerAsks, TrainerCalls } from '../rpc.ts'
import { createTrainer } from './trainer.ts'

/** Predictions and ink go first: the trainer takes what they leave of the processor. */
const NICE = 10

if (!parentPort) throw new Error('the trainer runs as a worker thread')
lowerThreadPriority(NICE)
const trainer = createTrainer({
  publish: async (publication) => {
    await channel.call('publish', publication, [publication.served.weights.buffer])
  },
  status: (projectId, status) => {
    channel.notify('status', { projectId, status })
  },
  log: (line) => {
    channel.notify('log', line)
  },
})
const channel = new WorkerChannel<TrainerAsks, TrainerCalls>(parentPort, trainer, (name, error) => {
  channel.notify('log', { level: 'error', message: `trainer: ${name} failed`, detail: String(error) })
})
