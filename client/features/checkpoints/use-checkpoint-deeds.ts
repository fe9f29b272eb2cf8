import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CheckpointInfo } from '../../../shared/protocol/entities.ts'
import { useErrorText } from '../../composables/error-text.ts'

export type Deed = 'name' | 'restore' | 'delete'

export interface UseCheckpointDeedsReturn {
  /** What is asked about at the moment, of which checkpoint. */
  readonly doing: ShallowRef<{ readonly id: string; readonly deed: Deed } | null>
  readonly busy: Readonly<Ref<boolean>>
  readonly problem: Readonly<Ref<string | null>>
  begin(id: string, deed: Deed): void
  cancel(): void
  /** Does it; what went wrong is said in `problem`, and what was asked stays. Answers whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>
}

/** One question about one checkpoint at a time. */
export function useCheckpointDeeds(
  list: Readonly<ShallowRef<readonly CheckpointInfo[]>>,
): UseCheckpointDeedsReturn {
  const { t } = useI18n()
  const errorText = useErrorText()
  const doing = shallowRef<{ readonly id: string; readonly deed: Deed } | null>(null)
  const busy = ref(false)
  const problem = ref<string | null>(null)

  function begin(id: string, deed: Deed): void {
    if (!list.value.some((one) => one.id === id)) return
    problem.value = null
    doing.value = { id, deed }
  }

  function cancel(): void {
    doing.value = null
    problem.value = null
  }

  async function run(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    problem.value = null
    try {
      await work()
      doing.value = null
      return true
    } catch (error) {
      const full = error instanceof AppError && error.code === 'full'
      problem.value = full ? t('record.checkpoints.full') : errorText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { doing, busy, problem, begin, cancel, run }
}
