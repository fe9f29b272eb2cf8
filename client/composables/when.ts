import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/**
 * A moment (epoch ms) in short: the time of today, to the second where asked for, else the day with its time, with the
 * year where it is another one.
 */
export function useWhen({ seconds = false }: { readonly seconds?: boolean } = {}): (at: number) => string {
  const { locale } = useI18n()
  const formats = computed(() => {
    const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }
    const exact: Intl.DateTimeFormatOptions = seconds ? { ...time, second: '2-digit' } : time
    const day = { day: 'numeric', month: 'short' } as const
    const of = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat(locale.value, { hourCycle: 'h23', ...options })
    return {
      today: of(exact),
      thisYear: of({ ...day, ...time }),
      before: of({ ...day, ...time, year: 'numeric' }),
    }
  })
  return (at) => {
    const [then, now] = [new Date(at), new Date()]
    if (then.toDateString() === now.toDateString()) return formats.value.today.format(then)
    const sameYear = then.getFullYear() === now.getFullYear()
    return formats.value[sameYear ? 'thisYear' : 'before'].format(then)
  }
}
