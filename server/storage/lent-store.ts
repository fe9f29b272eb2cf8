import { StoreError, type Store } from './store.ts'
import type { StoreArgs, StoreMethod, StoreResults } from './thread/rpc.ts'
import { storeOver } from './thread/store-over.ts'

type Calls = { readonly [M in StoreMethod]: (...args: StoreArgs[M]) => Promise<StoreResults[M]> }

/**
 * The same store for somebody who does not outlive it: from `takeBack` on whatever they still ask is refused with
 * `unavailable`, and closing it does nothing.
 */
export function lendStore(store: Store): { readonly lent: Store; readonly takeBack: () => void } {
  let over = false
  const here = async <T>(act: () => Promise<T>): Promise<T> => {
    if (over) throw new StoreError('unavailable', 'the server is being started anew')
    return act()
  }
  const calls: Calls = store
  const call = <M extends StoreMethod>(method: M, ...args: StoreArgs[M]): Promise<StoreResults[M]> =>
    here(() => calls[method](...args))
  const lent = storeOver(
    {
      call,
      flush: () => here(() => store.flush()),
      check: () => here(() => store.check()),
      close: () => (over ? Promise.resolve() : store.close()),
      lost: store.lost,
    },
    store.info,
  )
  return {
    lent,
    takeBack: () => {
      over = true
    },
  }
}
