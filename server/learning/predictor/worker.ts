import { parentPort } from 'node:worker_threads'
import { WorkerChannel } from '../../ops/worker-channel.ts'
import type { PredictorAsks, PredictorCalls } from '../rpc.ts'
import { createPredictor } from './predictor.ts'

if (!parentPort) throw new Error('the predictor runs as a worker thread')
const predictor = createPredictor((line) => {
  channel.notify('log', line)
})
const channel = new WorkerChannel<PredictorAsks, PredictorCalls>(parentPort, predictor, (name, error) => {
  channel.notify('log', { level: 'error', message: `predictor: ${name} failed`, detail: String(error) })
})
