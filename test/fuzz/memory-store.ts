import { StoreError, type Store } from '../../server/storage/store.ts'
import type { Connection, Driver } from '../../server/storage/sqlite/driver.ts'
import { fromPlain } from '../../server/storage/thread/plain-error.ts'
import { runGroup } from '../../server/storage/sqlite/group-commit.ts'
import { storeOperations } from '../../server/storage/sqlite/operations.ts'
import type {
  StoreArgs,
  StoreMethod,
  StoreOperations,
  StoreRequest,
  StoreResults,
} from '../../server/storage/thread/rpc.ts'
import { migrations } from '../../server/storage/sqlite/schema.ts'
import { Sql } from '../../server/storage/sqlite/sql.ts'
import { storeOver } from '../../server/storage/thread/store-over.ts'

/** Ms that a write takes to be durable, and that its answer takes from there. */
export interface DiskPace {
  commitMs(): number
  answerMs(): number
}

interface Asked {
  readonly request: StoreRequest
  readonly settle: (reply: ReturnType<typeof runGroup>[number]) => void
}

/** A disk in memory: what was committed to it stays, whatever becomes of the stores that were opened on it. */
export class MemoryDisk {
  readonly connection: Connection
  readonly sql: Sql
  readonly operations: StoreOperations
  /** Epoch ms until which every write fails. */
  failsUntil = 0
  private opened: MemoryChannel | null = null

  constructor(
    driver: Driver,
    private readonly pace: DiskPace,
  ) {
    this.connection = driver.open(':memory:')
    this.connection.exec('PRAGMA foreign_keys = ON')
    for (const script of migrations) this.connection.exec(script)
    this.sql = new Sql(this.connection)
    this.operations = storeOperations(this.sql)
  }

  /** @throws StoreError `locked` while another store is open on it */
  open(): Store {
    if (this.opened && !this.opened.ended) throw new StoreError('locked', 'this disk is in use')
    const channel = new MemoryChannel(this, this.pace)
    this.opened = channel
    return storeOver(channel, {
      driver: 'memory',
      durability: 'nothing survives the process; a crash that is played loses what was not acknowledged',
    })
  }

  /** The process that has the disk open dies: what is not committed is lost, and nobody is answered any more. */
  crash(): void {
    this.opened?.die()
    this.opened = null
  }
}

/** Takes requests as the store's thread does: what has arrived while a group was committed is the next group. */
class MemoryChannel {
  ended = false
  private nextId = 1
  private waiting: Asked[] = []
  private busy = false
  private dead = false
  private idle: (() => void)[] = []

  constructor(
    private readonly disk: MemoryDisk,
    private readonly pace: DiskPace,
  ) {}

  call<M extends StoreMethod>(method: M, ...args: StoreArgs[M]): Promise<StoreResults[M]> {
    if (this.ended && !this.dead) return Promise.reject(new StoreError('unavailable', 'the store is closed'))
    return new Promise((resolve, reject) => {
      const request = { id: this.nextId++, method, args } as StoreRequest
      this.waiting.push({
        request,
        settle: (reply) => {
          if (reply.ok) resolve(reply.result as StoreResults[M])
          else reject(fromPlain(reply.error))
        },
      })
      this.next()
    })
  }

  flush(): Promise<void> {
    if (!this.busy && this.waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.idle.push(resolve))
  }

  async close(): Promise<void> {
    const flushed = this.flush()
    this.ended = true
    await flushed
  }

  die(): void {
    this.dead = true
    this.ended = true
    this.waiting = []
  }

  private next(): void {
    if (this.busy || this.dead) return
    if (this.waiting.length === 0) {
      for (const tell of this.idle.splice(0)) tell()
      return
    }
    this.busy = true
    const group = this.waiting
    this.waiting = []
    setTimeout(() => this.commit(group), this.pace.commitMs())
  }

  private commit(group: readonly Asked[]): void {
    if (this.dead) return
    const { sql, operations, failsUntil } = this.disk
    const requests = group.map(({ request }) => request)
    const broken = { code: 'unavailable', message: 'the disk fails at the moment', cause: null } as const
    const replies =
      Date.now() < failsUntil
        ? requests.map(({ id }) => ({ id, ok: false, error: broken }) as const)
        : runGroup(sql, operations, requests)
    setTimeout(() => {
      if (this.dead) return
      this.busy = false
      group.forEach(({ settle }, i) => {
        const reply = replies[i]
        if (reply) settle(reply)
      })
      this.next()
    }, this.pace.answerMs())
  }
}
