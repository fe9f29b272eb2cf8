import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import util from 'node:util'
import { describe, expect, it } from 'vitest'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { createLearning } from '../../../server/learning/create-learning.ts'
import { missingPart } from '../../support/missing-part.ts'

const PROGRAM = fileURLToPath(new URL('../../support/tensorflow-beside-libsql.ts', import.meta.url))

// What Node 23 took away, and the package calls.
Reflect.deleteProperty(util, 'isNullOrUndefined')
const opened = await openBackend('tensorflow', () => undefined).catch((error: unknown) => error)
const missing = opened instanceof Error && opened.message.includes('it is not installed')
if (missing) missingPart('tests on TensorFlow', 'it is not installed (npm run setup:tensorflow)')

it('[BACKEND-21] their environment is the process’s own before the threads that load them start', async () => {
  delete process.env['TF_FORCE_GPU_ALLOW_GROWTH']
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const learning = createLearning({ backend: 'wasm', log: silent, clock: { now: Date.now } })
  // No thread has begun in this turn.
  expect(process.env['TF_FORCE_GPU_ALLOW_GROWTH']).toBe('true')
  await learning.ready()
  await learning.stop()
})

describe.skipIf(missing)('TensorFlow in a server', () => {
  it('[BACKEND-24] computes on a Node without what the package calls of it', () => {
    expect(opened).toMatchObject({ name: 'tensorflow' })
  })

  it(
    '[BACKEND-24] is started anew, and ends without a crash beside libsql',
    { timeout: 60_000 },
    async () => {
      const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM], {
        stdio: ['ignore', 'inherit', 'ignore'],
      })
      expect(await once(child, 'exit')).toEqual([0, null])
    },
  )
})
