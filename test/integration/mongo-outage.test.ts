import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore } from '../../server/storage/open.ts'
import { newId } from '../../shared/ids/id.ts'
import { refusal } from '../contract/store-harness.ts'
import { faultProxy, targetOf, throughProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { missingPart } from '../support/missing-part.ts'
import { mongoServer } from '../support/mongo-server.ts'

const mongo = await mongoServer()
if ('missing' in mongo) missingPart('an outage of MongoDB', mongo.missing)
const url = 'missing' in mongo ? null : mongo.freshDatabase()

let proxy: FaultProxy
beforeAll(async () => {
  if (url !== null) proxy = await faultProxy(targetOf(url))
})
afterAll(async () => {
  if (url !== null) await proxy.stop()
})

it.skipIf(url === null)(
  '[OUTAGE-6] a database that cannot be reached, or does not answer, makes every write unavailable until it is back',
  async () => {
    const store = await openStore({
      dataDir: '',
      mongodbUrl: throughProxy(url ?? '', proxy),
      log: pino({ level: 'silent' }),
    })
    let lost = false
    void store.lost.then(() => (lost = true))
    const acknowledged: string[] = []
    const write = async (): Promise<void> => {
      const id = newId()
      await store.putUser({ id, name: 'Ada', animal: 'owl', pen: 1, createdAt: 1 })
      acknowledged.push(id)
    }
    for (const fault of ['refuse', 'black-hole'] as const) {
      await write()
      proxy.set(fault)
      await refusal(write(), 'unavailable')
      await refusal(store.check(), 'unavailable')
      proxy.set('pass')
      await expect.poll(() => store.check().then(() => 'well', String)).toBe('well')
      await write()
    }
    expect((await store.getUsers(acknowledged)).map(({ id }) => id).sort()).toEqual([...acknowledged].sort())
    expect(lost).toBe(false)
    await store.close()
  },
)
