import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'

/** What is not saved for so long, in ms, while the server is there and nothing of it gets less, is worth a word. */
export const LATE_MS = 4_000

export interface SaveTroubleOptions {
  /** Labels that the server said it cannot save. */
  readonly refused: () => number
  /** Strokes on the open page that the store does not hold. */
  readonly unsaved: () => number
  /** Whether the page and its room are connected: otherwise there are other words. */
  readonly connected: () => boolean
}

/** Whether the server is there, but cannot save what it is given. */
export function useSaveTrouble({ refused, unsaved, connected }: SaveTroubleOptions): {
  readonly trouble: ComputedRef<boolean>
  /** Whether strokes of the open page are part of it. */
  readonly late: Readonly<Ref<boolean>>
} {
  const late = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    [unsaved, connected],
    ([now, isConnected], [before]) => {
      const waits = isConnected && now > 0
      // Whatever gets less is being saved.
      if (!waits || now < (before ?? 0)) {
        clearTimeout(timer)
        timer = undefined
        late.value = false
      }
      if (waits) timer ??= setTimeout(() => (late.value = true), LATE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return { trouble: computed(() => connected() && (refused() > 0 || late.value)), late }
}
