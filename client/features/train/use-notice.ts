import { computed, ref, watch, type ComputedRef } from 'vue'
import type { TrainingNotice } from '../../../shared/training/status.ts'

export interface UseNoticeReturn {
  /** What is to be shown; null for nothing. */
  readonly notice: ComputedRef<TrainingNotice | null>
  /** Shows it no more, until there is another one or it comes back. */
  dismiss(): void
}

/** The trainer's newest notice, as long as whoever reads it here has not put it away. */
export function useNotice(told: () => TrainingNotice | null): UseNoticeReturn {
  // Each status brings the notice as a new object.
  const current = computed(() => JSON.stringify(told()))
  const dismissed = ref<string | null>(null)
  watch(current, () => {
    dismissed.value = null
  })
  return {
    notice: computed(() => (current.value === dismissed.value ? null : told())),
    dismiss() {
      dismissed.value = current.value
    },
  }
}
