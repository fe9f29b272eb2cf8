import { StoreError, type Store } from '../../server/storage/store.ts'

/** A store that can be sent away: each call but `flush` and `close` then rejects with what `fault` says. */
export interface AwayStore {
  readonly store: Store
  fault: StoreError | null
}

export const away = new StoreError('unavailable', 'the database does not answer')

export function awayStore(inner: Store): AwayStore {
  const state: { store: Store; fault: StoreError | null } = { store: inner, fault: null }
  state.store = new Proxy(inner, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || name === 'flush' || name === 'close') return member
      return (...args: unknown[]): unknown =>
        state.fault === null ? Reflect.apply(member, target, args) : Promise.reject(state.fault)
    },
  })
  return state
}
