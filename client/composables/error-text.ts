import { useI18n } from 'vue-i18n'
import { AppError } from '../../shared/protocol/errors.ts'

/** What to tell a person of an error: our words where there are some, else what the server said. */
export function useErrorText(): (error: unknown) => string {
  const { t, te } = useI18n()
  return (error) => {
    if (!(error instanceof AppError)) return t('common.error.internal')
    if (error.code === 'unavailable' && !navigator.onLine) return t('common.error.offline')
    const key = `common.error.${error.code}`
    return te(key) ? t(key) : t('common.error.other', { detail: error.message })
  }
}
