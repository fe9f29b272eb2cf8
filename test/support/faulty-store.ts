import { StoreError, type Store } from '../../server/storage/store.ts'
import type { Dice } from '../fuzz/draw.ts'

/**
 * What may become of a call: `refused` before anything was written, `torn` (written, and then answered with an error),
 * `late` (its answer overtaken by later ones), `stalled` (it and all that come after it wait) or `hanging` until it is
 * let go.
 */
export const storeFaults = ['refused', 'torn', 'late', 'stalled', 'hanging'] as const
export type StoreFault = (typeof storeFaults)[number]

/** Which calls fail, how, and how many of them. */
export interface StoreTrouble {
  readonly faults: readonly StoreFault[]
  /** The name of one call of the store; null for all of them. */
  readonly method: string | null
  /** Of the calls it may befall, the share that it does, 0 to 1. */
  readonly share: number
  /** Ms of a `late` answer and of a stall, at most. */
  readonly mostMs: number
}

/** Calls that end the store's life rather than ask it for something. */
const SPARED: ReadonlySet<string> = new Set(['flush', 'close'])

/** Lets a store fail on purpose, for as long as there is trouble. */
export class FaultyStore {
  /** Faults that befell a call so far, by `<call> <fault>`. */
  readonly befallen = new Map<string, number>()
  /** Names of the calls that may come to grief, once there is a store. */
  calls: readonly string[] = []
  private trouble: StoreTrouble | null = null
  private readonly held = new Set<() => void>()
  /** The end of the newest stall: calls keep their order behind it. */
  private stall: Promise<void> = Promise.resolve()
  private stalls = 0

  constructor(private readonly dice: Dice) {}

  begin(trouble: StoreTrouble): void {
    this.trouble = trouble
  }

  /** From now on calls go through; those that hang go on. */
  end(): void {
    this.trouble = null
    for (const release of this.held) release()
    this.held.clear()
  }

  /** The store with its calls exposed to trouble. */
  over(store: Store): Store {
    this.calls = Object.keys(store).filter((name) => name !== 'info' && !SPARED.has(name))
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function' || typeof name !== 'string' || SPARED.has(name)) return member
        return (...args: readonly unknown[]): Promise<unknown> => {
          const call = (): Promise<unknown> => Promise.resolve(Reflect.apply(member, target, args))
          return this.expose(name, call)
        }
      },
    })
  }

  private expose(name: string, call: () => Promise<unknown>): Promise<unknown> {
    const fault = this.pick(name)
    switch (fault) {
      case null:
        return this.inOrder(call)
      case 'refused':
        return Promise.reject(broken(name, 'before'))
      case 'torn':
        return this.inOrder(call).then(() => Promise.reject(broken(name, 'after')))
      case 'late':
        return this.inOrder(call).finally(() => this.pass())
      case 'stalled':
        return this.stallWith(call)
      case 'hanging':
        return this.inOrder(call).finally(() => new Promise<void>((resolve) => this.held.add(resolve)))
    }
  }

  private stallWith(call: () => Promise<unknown>): Promise<unknown> {
    this.stalls++
    this.stall = this.stall.then(() => this.pass())
    const answer = this.stall.then(call)
    void this.stall.then(() => this.stalls--)
    return answer
  }

  private inOrder(call: () => Promise<unknown>): Promise<unknown> {
    return this.stalls === 0 ? call() : this.stall.then(call)
  }

  private pick(name: string): StoreFault | null {
    const { trouble, dice } = this
    if (!trouble || (trouble.method !== null && trouble.method !== name) || !dice.chance(trouble.share))
      return null
    const fault = dice.pick(trouble.faults)
    const key = `${name} ${fault}`
    this.befallen.set(key, (this.befallen.get(key) ?? 0) + 1)
    return fault
  }

  private pass(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.dice.int(1, this.trouble?.mostMs ?? 1)))
  }
}

function broken(name: string, when: 'before' | 'after'): StoreError {
  return new StoreError('unavailable', `${name} was broken on purpose ${when} it was done`)
}
