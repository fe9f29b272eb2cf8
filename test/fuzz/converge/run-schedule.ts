import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import { beginWorld, pass } from '../virtual-world.ts'
import { faultsOf } from './checks.ts'
import { perform } from './deeds.ts'
import { House } from './house.ts'
import type { Schedule } from './schedule.ts'

/** How long everybody has to come to rest, in ms of the world. */
const REST_MS = 90_000
/** So long nothing new may turn up once everybody seems to be at rest: a tick, a save and the slowest line. */
const SETTLE_MS = 4_000
/** For how long a server keeps what waits for other updates, with a margin. */
const PATIENCE_MS = 21_000

const driver = await loadDriver(['better-sqlite3', 'libsql'])

/** Opens the house of a schedule and gives everybody the time to come in. @throws where it does not open */
export async function openHouse(schedule: Schedule): Promise<House> {
  await beginWorld(schedule.seed)
  const opening: { house: House | null } = { house: null }
  void House.open(schedule, driver).then((house) => (opening.house = house))
  await pass(3_000)
  if (!opening.house) throw new Error('the house did not open')
  return opening.house
}

/** Lets everybody come online and to rest; answers what is not as promised then. */
export async function restAndCheck(house: House, strangers = false): Promise<string[]> {
  // Whoever is away, and a server that is down, come back by themselves.
  await pass(9_000)
  void house.calm()
  await pass(2_000)
  for (let waited = 0; waited < REST_MS; waited += 500) {
    await pass(500)
    if (house.people.every(({ quiet }) => quiet)) break
  }
  await pass(SETTLE_MS)
  const faults = await inWorld(faultsOf(house, strangers))
  if (faults.length === 0) return faults
  // Whoever went away for good may have left an update behind that waits for others of theirs, for a while.
  await pass(PATIENCE_MS)
  return inWorld(faultsOf(house, strangers))
}

/** Plays a schedule; answers what was not as promised in the end. */
export async function runSchedule(schedule: Schedule): Promise<string[]> {
  const house = await openHouse(schedule)
  try {
    let now = 0
    for (const step of schedule.steps) {
      await pass(step.at - now)
      now = step.at
      perform(step, house)
    }
    return await restAndCheck(house)
  } finally {
    house.leave()
  }
}

/** Lets time pass until the work, which needs it, is done. */
async function inWorld<T>(work: Promise<T>): Promise<T> {
  const outcome: { value: { result: T } | { error: unknown } | null } = { value: null }
  work.then(
    (result) => (outcome.value = { result }),
    (error: unknown) => (outcome.value = { error }),
  )
  for (let waited = 0; outcome.value === null && waited < 60_000; waited += 50) await pass(50)
  if (outcome.value === null) throw new Error('it did not end within a minute')
  if ('error' in outcome.value) throw outcome.value.error
  return outcome.value.result
}
