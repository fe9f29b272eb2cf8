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
