import { useI18n } from 'vue-i18n'
import { AppError } from '../../shared/protocol/errors.ts'
import { NoAnswerError } from '../net/no-answer.ts'

/** What to tell a person of an error: our words where there are some, else what the server said. */
export function useErrorText(): (error: unknown) => string {
  const { t, te } = useI18n()
  return (error) => {
    if (!(error instanceof AppError)) return t('common.error.internal')
    if (error.code === 'unavailable' && !navigator.onLine) return t('common.error.offline')
    if (error.code === 'unavailable' && !(error instanceof NoAnswerError)) return t('common.error.notNow')
    const key = `common.error.${error.code}`
    return te(key) ? t(key) : t('common.error.other', { detail: error.message })
  }
}
