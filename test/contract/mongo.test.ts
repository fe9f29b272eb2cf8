import { afterAll, describe, it } from 'vitest'
import { mongoServer } from '../support/mongo-server.ts'
import { describeStore } from './store-contract.ts'
import { mongoDriver } from './store-mongo.ts'

const server = await mongoServer()
if ('missing' in server) {
  console.warn(`SKIPPED: the store's contract over MongoDB, for want of a server: ${server.missing}`)
  describe.skipIf(process.env['CI'] === undefined)('store over mongodb', () => {
    it('has a server', () => {
      throw new Error(server.missing)
    })
  })
} else {
  console.info(`the store's contract runs over ${server.kind}`)
  afterAll(() => server.stop())
  describeStore(mongoDriver(server))
}
