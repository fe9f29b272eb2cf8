import { getCurrentScope, onScopeDispose, readonly, ref, type Ref } from 'vue'

/** Whether a media query holds now; follows it until the scope ends. */
export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const holds = ref(list.matches)
  const follow = (event: MediaQueryListEvent): void => {
    holds.value = event.matches
  }
  list.addEventListener('change', follow)
  if (getCurrentScope()) onScopeDispose(() => list.removeEventListener('change', follow))
  return readonly(holds)
}

/** Whether the browser says it has a network. */
export function useOnline(): Readonly<Ref<boolean>> {
  const online = ref(navigator.onLine)
  const follow = (): void => {
    online.value = navigator.onLine
  }
  window.addEventListener('online', follow)
  window.addEventListener('offline', follow)
  if (getCurrentScope()) {
    onScopeDispose(() => {
      window.removeEventListener('online', follow)
      window.removeEventListener('offline', follow)
    })
  }
  return readonly(online)
}
