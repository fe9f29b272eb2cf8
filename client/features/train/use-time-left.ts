import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

const TICK_MS = 5000

/** A time left in ms that goes on running down from each time the server says it anew; null while there is none. */
export function useTimeLeft(told: () => { readonly ms: number } | null): Readonly<Ref<number | null>> {
  const left = ref<number | null>(null)
  let end = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  watch(
    told,
    (now) => {
      left.value = now?.ms ?? null
      if (!now) {
        stop()
        return
      }
      end = performance.now() + now.ms
      timer ??= setInterval(() => {
        left.value = Math.max(0, end - performance.now())
      }, TICK_MS)
    },
    { immediate: true },
  )
  onScopeDispose(stop)
  return readonly(left)
}
