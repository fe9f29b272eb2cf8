import { createI18n } from 'vue-i18n'
import { common } from './messages/en/common.ts'
import { draw } from './messages/en/draw.ts'
import { guess } from './messages/en/guess.ts'
import { home } from './messages/en/home.ts'
import { join } from './messages/en/join.ts'
import { share } from './messages/en/share.ts'

/** English first; one object a part of the interface. The room's comes with the room's page. */
export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en: { common, draw, guess, home, join, share } },
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})
