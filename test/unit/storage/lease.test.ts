import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { acquireLease, LEASE_MS } from '../../../server/storage/mongo/acquire-lease.ts'
import type { LeaseBook, ServerDocument } from '../../../server/storage/mongo/lease-book.ts'
import { isDead, thisProcess, type LeaseOwner } from '../../../server/storage/mongo/lease-owner.ts'
import { Lease } from '../../../server/storage/mongo/lease.ts'
import { acceptSchema } from '../../../server/storage/mongo/migrations.ts'
import { StoreError } from '../../../server/storage/store.ts'

const ELSEWHERE: LeaseOwner = { host: 'far', bootId: 'b', pidSpace: 's', pid: 7, startTime: '1' }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('taking the lease', () => {
  it('[LEASE-1] takes a database that nobody has at once, with a fence above all before', async () => {
    const book = new Book()
    expect((await acquire(book)).fence).toBe(1)
    await book.release(1)
    expect((await acquire(book)).fence).toBe(2)
  })

  it('[LEASE-2] refuses while the owner beats, and names it', async () => {
    const book = new Book({ owner: ELSEWHERE, fence: 4 })
    const beating = setInterval(() => void book.beat(4, book.document.beat + 1), 1_000)
    const taking = acquire(book)
    const refused = expect(taking).rejects.toThrow(/process 7 on far/)
    await vi.advanceTimersByTimeAsync(1_500)
    await refused
    await expect(taking).rejects.toMatchObject({ code: 'locked' })
    clearInterval(beating)
    expect(book.document).toMatchObject({ fence: 4, owner: ELSEWHERE })
  })

  it('[LEASE-3] takes it over once the beat stood still for 4 s, and not before', async () => {
    const book = new Book({ owner: ELSEWHERE, fence: 4 })
    const taking = acquire(book)
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    expect(book.document.fence).toBe(4)
    await vi.advanceTimersByTimeAsync(500)
    expect((await taking).fence).toBe(5)
  })

  it('[LEASE-4] takes it over at once from a process of this machine that is gone', async () => {
    const me = thisProcess()
    const book = new Book({ owner: { ...me, startTime: `${me.startTime}0` }, fence: 4 })
    expect((await acquire(book)).fence).toBe(5)
  })

  it('[LEASE-4] a process elsewhere, or of another container, is never judged by its number', () => {
    const me = thisProcess()
    const gone = { ...me, startTime: `${me.startTime}0` }
    expect(isDead(gone, me)).toBe(true)
    expect(isDead(me, me)).toBe(false)
    // Above every number that Linux gives: /proc has no such process, as it has none of a user whose processes it hides.
    const unseen = { ...me, pid: 5_000_000 }
    expect(isDead(unseen, me)).toBe(true)
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
    })
    expect(isDead(unseen, me)).toBe(false)
    vi.restoreAllMocks()
    for (const other of [{ host: 'x' }, { bootId: 'x' }, { pidSpace: 'x' }])
      expect(isDead({ ...gone, ...other }, me)).toBe(false)
    expect(isDead({ ...gone, bootId: '' }, { ...me, bootId: '' })).toBe(false)
  })

  it('[LEASE-2] of two that take it at the same time one is refused', async () => {
    const book = new Book({ owner: ELSEWHERE, fence: 4 })
    const both = Promise.allSettled([acquire(book), acquire(book)])
    await vi.advanceTimersByTimeAsync(10_000)
    const results = await both
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(book.document.fence).toBe(5)
  })

  it('[LEASE-5] leaves data of a newer version alone', async () => {
    const book = new Book({ owner: null, fence: 4, schema: 99 })
    await expect(acquire(book)).rejects.toThrow(/version 99, made by a newer Trainboard/)
    expect(book.document.fence).toBe(4)
  })
})

describe('holding the lease', () => {
  it('[LEASE-6] stays valid while beats are answered', async () => {
    const { lease, book } = held()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(() => lease.check()).not.toThrow()
    expect(book.document.beat).toBeGreaterThan(50)
    await lease.release()
    expect(book.document.owner).toBeNull()
  })

  it('[LEASE-6] counts the four seconds from when the last answered beat was sent', async () => {
    const { lease, book } = held()
    await vi.advanceTimersByTimeAsync(1_000)
    book.hang()
    // The clock of the process alone goes on, as for one that was stopped: no timer has told of the outage.
    const real = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => real + LEASE_MS - 1)
    expect(() => lease.check()).not.toThrow()
    vi.spyOn(performance, 'now').mockImplementation(() => real + LEASE_MS)
    expect(() => lease.check()).toThrow(StoreError)
    vi.restoreAllMocks()
  })

  it('[LEASE-6] is not valid when the machine wakes up, though the clock of the process stood still', () => {
    const { lease } = held()
    const asleep = Date.now() + LEASE_MS + 1
    vi.spyOn(Date, 'now').mockImplementation(() => asleep)
    expect(codeOf(() => lease.check())).toBe('unavailable')
    vi.restoreAllMocks()
    expect(() => lease.check()).not.toThrow()
  })

  it('[LEASE-7] refuses as unavailable within 2 s of the first beat without an answer, and goes on under its own fence', async () => {
    const { lease, book, away } = held()
    book.hang()
    await vi.advanceTimersByTimeAsync(3_100)
    expect(away).toEqual(['unavailable'])
    expect(codeOf(() => lease.check())).toBe('unavailable')
    book.fail()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(away).toEqual(['unavailable'])
    book.work()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(() => lease.check()).not.toThrow()
    expect(book.document.fence).toBe(1)
  })

  it('[LEASE-8] is lost for good when another server has taken the database over', async () => {
    const { lease, book, away, lost } = held()
    book.fail()
    await vi.advanceTimersByTimeAsync(8_000)
    await book.take(book.document, ELSEWHERE)
    book.work()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(codeOf(() => lease.check())).toBe('locked')
    expect(away).toEqual(['unavailable', 'locked'])
    expect(lost).toEqual([expect.stringMatching(/process 7 on far/)])
    await book.release(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(codeOf(() => lease.check())).toBe('locked')
    await lease.release()
    expect(book.document.fence).toBe(2)
  })

  it('[LEASE-7] a small write tells whether the database answers', async () => {
    const { lease, book } = held()
    await expect(lease.prove()).resolves.toBeUndefined()
    book.fail()
    const refused = expect(lease.prove()).rejects.toMatchObject({ code: 'unavailable' })
    await vi.advanceTimersByTimeAsync(100)
    await refused
  })
})

function acquire(book: LeaseBook): Promise<{ fence: number; askedAt: number }> {
  return acquireLease({ book, me: thisProcess(), accept: acceptSchema })
}

function held(): { lease: Lease; book: Book; away: string[]; lost: string[] } {
  const book = new Book({ fence: 1, owner: thisProcess() })
  const away: string[] = []
  const lost: string[] = []
  const lease = new Lease({
    book,
    fence: 1,
    askedAt: performance.now(),
    onAway: ({ code }) => away.push(code),
    onLost: ({ message }) => lost.push(message),
  })
  return { lease, book, away, lost }
}

function codeOf(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    return error instanceof StoreError ? error.code : 'another error'
  }
}

/** The server document in memory, which can fail or hang as a database does. */
class Book implements LeaseBook {
  #document: ServerDocument | null
  #mood: 'works' | 'fails' | 'hangs' = 'works'

  constructor(document: Partial<ServerDocument> | null = null) {
    this.#document = document && { fence: 1, beat: 0, owner: null, schema: 0, epoch: 0, ...document }
  }

  get document(): ServerDocument {
    if (!this.#document) throw new Error('there is no document')
    return this.#document
  }

  work(): void {
    this.#mood = 'works'
  }

  fail(): void {
    this.#mood = 'fails'
  }

  hang(): void {
    this.#mood = 'hangs'
  }

  async read(): Promise<ServerDocument | null> {
    await this.#answer()
    return this.#document
  }

  async create(owner: LeaseOwner): Promise<boolean> {
    await this.#answer()
    if (this.#document) return false
    this.#document = { fence: 1, beat: 0, owner, schema: 0, epoch: 0 }
    return true
  }

  async take(seen: ServerDocument, owner: LeaseOwner): Promise<boolean> {
    if (this.#mood === 'works') await this.#answer()
    const { document } = this
    if (document.fence !== seen.fence || document.beat !== seen.beat) return false
    this.#document = { ...document, fence: document.fence + 1, beat: 0, owner }
    return true
  }

  async beat(fence: number, beat: number): Promise<boolean> {
    await this.#answer()
    if (this.document.fence !== fence) return false
    this.#document = { ...this.document, beat }
    return true
  }

  async release(fence: number): Promise<void> {
    await this.#answer()
    if (this.document.fence === fence) this.#document = { ...this.document, owner: null }
  }

  async #answer(): Promise<void> {
    if (this.#mood === 'works') return
    const late = this.#mood === 'hangs' ? 5_000 : 10
    await new Promise((_resolve, reject) => setTimeout(() => reject(new Error('no answer')), late))
  }
}
