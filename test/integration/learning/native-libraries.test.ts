import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import util from 'node:util'
import { describe, expect, it } from 'vitest'
import { openBackend } from '../../../server/learning/backend/open.ts'
import { missingPart } from '../../support/missing-part.ts'

const PROGRAM = fileURLToPath(new URL('../../support/tensorflow-beside-libsql.ts', import.meta.url))

// What Node 23 took away, and the package calls.
Reflect.deleteProperty(util, 'isNullOrUndefined')
const opened = await openBackend('tensorflow', () => undefined).catch((error: unknown) => error)
const missing = opened instanceof Error && opened.message.includes('it is not installed')
if (missing) missingPart('tests on TensorFlow', 'it is not installed (npm run setup:tensorflow)')

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
