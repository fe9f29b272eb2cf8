import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { createLearning } from '../../server/learning/create-learning.ts'

/*
 * As a server whose store is on libsql: TensorFlow in threads beside it, twice, as when a backup is restored; then the
 * end. It ends with 0 unless one of the libraries crashes.
 */

const libsql = JSON.stringify(createRequire(import.meta.url).resolve('libsql'))
const store = new Worker(
  `const { parentPort } = require('node:worker_threads')
  const database = new (require(${libsql}))(':memory:')
  parentPort.on('message', () => database.close())
  parentPort.postMessage(0)`,
  { eval: true },
)
await once(store, 'message')
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
for (let start = 0; start < 2; start++) {
  const learning = createLearning({ backend: 'tensorflow', log: silent, clock: { now: Date.now } })
  await learning.ready()
  await learning.stop()
}
process.exit(0)
