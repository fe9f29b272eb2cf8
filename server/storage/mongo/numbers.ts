import * as z from 'zod'
import type { CollectionName } from './collections.ts'
import { read } from './documents.ts'
import { isDuplicate, taken } from './errors.ts'
import { StoreError } from '../store.ts'
import type { MongoContext } from './fence.ts'
import { Recent } from './recent.ts'

const MOST_PROJECTS = 2_000
/** Times that a number is looked up anew before the database is given up. */
const MOST_TRIES = 4
const numberSchema = z.object({ number: z.number() })

/**
 * The numbers that documents of a project get in the order in which they are added to a collection. Kept here, since
 * this server alone writes; read from the database when a project is first used or a write went wrong.
 */
export class Numbers {
  readonly #newest = new Recent<number>(MOST_PROJECTS)

  constructor(
    private readonly context: MongoContext,
    private readonly name: CollectionName,
  ) {}

  /**
   * Runs `write` with the next number; it answers the newest number that it used. Where the number is taken by a write
   * that was given up, or by one of a server before this one, again with another. One project's are run one by one.
   */
  add(projectId: string, write: (number: number) => Promise<number>): Promise<void> {
    return this.context.queue.run(`${this.name}:${projectId}`, async () => {
      for (let tries = 1; tries <= MOST_TRIES; tries++) {
        const number = (this.#newest.get(projectId) ?? (await this.#read(projectId))) + 1
        this.#newest.delete(projectId)
        try {
          this.#newest.set(projectId, await write(number))
          return
        } catch (error) {
          if (!isDuplicate(error)) throw error
          await this.#refuseLater(projectId, number)
        }
      }
      throw new StoreError(
        'unavailable',
        `${this.name} of project ${projectId} change faster than they can be written`,
      )
    })
  }

  clear(): void {
    this.#newest.clear()
  }

  async #read(projectId: string): Promise<number> {
    const [newest] = await this.context
      .collection(this.name)
      .find({ projectId }, { projection: { number: 1 } })
      .sort({ number: -1 })
      .limit(1)
      .toArray()
    return newest ? read(numberSchema, newest, this.name).number : 0
  }

  async #refuseLater(projectId: string, number: number): Promise<void> {
    const standing = await this.context
      .collection(this.name)
      .findOne({ projectId, number }, { projection: { fence: 1 } })
    const fence = standing?.['fence']
    if (typeof fence === 'number' && fence > this.context.fence.number) {
      throw taken(`${this.name} of project ${projectId}`)
    }
  }
}
