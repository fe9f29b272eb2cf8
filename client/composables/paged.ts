import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

export interface PageOf<T> {
  readonly items: readonly T[]
  /** Where the next page begins; null where this was the last one. */
  readonly next: number | null
}

export interface UsePagedReturn<T> {
  /** All that was loaded so far. */
  readonly items: ShallowRef<readonly T[]>
  readonly state: Readonly<ShallowRef<'loading' | 'ready' | 'failed'>>
  readonly error: Readonly<ShallowRef<unknown>>
  /** Whether there is more to load. */
  readonly more: Readonly<ShallowRef<boolean>>
  /** Starts over at the newest. */
  reload(): Promise<void>
  /** Adds the next page, or tries again what failed; does nothing while one is loading. */
  loadMore(): Promise<void>
}

/** A list that comes page by page, newest first. An answer that comes after `reload` or the scope's end is dropped. */
export function usePaged<T>(load: (before: number | null) => Promise<PageOf<T>>): UsePagedReturn<T> {
  const items = shallowRef<readonly T[]>([])
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading')
  const error = shallowRef<unknown>(null)
  const more = shallowRef(false)
  let before: number | null = null
  let run = 0

  async function ask(): Promise<void> {
    const mine = ++run
    state.value = 'loading'
    try {
      const page = await load(before)
      if (mine !== run) return
      items.value = before === null ? page.items : [...items.value, ...page.items]
      before = page.next
      more.value = page.next !== null
      state.value = 'ready'
    } catch (cause) {
      if (mine !== run) return
      error.value = cause
      state.value = 'failed'
    }
  }

  onScopeDispose(() => {
    run++
  })

  return {
    items,
    state,
    error,
    more,
    reload() {
      before = null
      return ask()
    },
    loadMore: () => (state.value === 'loading' && run > 0 ? Promise.resolve() : ask()),
  }
}
