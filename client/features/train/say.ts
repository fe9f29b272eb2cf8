import { useI18n } from 'vue-i18n'

/** A message key below some prefix with its values; a number `n` chooses the plural form. */
export interface Words {
  readonly key: string
  readonly values?: Readonly<Record<string, string | number>>
}

/** Says words whose keys lie below `prefix` in the page's language. */
export function useSay(prefix: string): (words: Words) => string {
  const { t } = useI18n()
  return ({ key, values = {} }) => {
    const n = values['n']
    const message = `${prefix}.${key}`
    return typeof n === 'number' ? t(message, values, n) : t(message, values)
  }
}
