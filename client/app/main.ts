import '../styles/tokens.css'
import '../styles/base.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { restoreTheme } from '../composables/theme.ts'
import { config as configureZod } from 'zod/mini'
import App from './App.vue'
import { i18n } from './i18n.ts'
import { createAppRouter } from './router.ts'

// Without it zod would try to compile schemas, which the content policy forbids.
configureZod({ jitless: true })
restoreTheme()
createApp(App).use(createPinia()).use(i18n).use(createAppRouter()).mount('#app')
