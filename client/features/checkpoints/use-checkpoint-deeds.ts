import { shallowRef, type Ref, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CheckpointInfo } from '../../../shared/protocol/entities.ts'
import { useAttempt } from '../../composables/attempt.ts'
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
  const { busy, problem, attempt } = useAttempt((error) => {
    const full = error instanceof AppError && error.code === 'full'
    return full ? t('record.checkpoints.full') : errorText(error)
  })

  function begin(id: string, deed: Deed): void {
    if (!list.value.some((one) => one.id === id)) return
    problem.value = null
    doing.value = { id, deed }
  }

  function cancel(): void {
    doing.value = null
    problem.value = null
  }

  const run = (work: () => Promise<unknown>): Promise<boolean> =>
    attempt(async () => {
      await work()
      doing.value = null
    })

  return { doing, busy, problem, begin, cancel, run }
}
