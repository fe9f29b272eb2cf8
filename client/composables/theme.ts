import { readonly, ref, type Ref } from 'vue'
import { keep, readKept } from './device-storage.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'trainboard.theme'
const chosen = ref<Theme>('system')

/** Takes over what was chosen on this device; called once, before anything is shown. */
export function restoreTheme(): void {
  const kept = readKept(KEY)
  apply(kept === 'light' || kept === 'dark' ? kept : 'system')
}

/** The theme of the page: what was chosen on this device, or the system's. */
export function useTheme(): { theme: Readonly<Ref<Theme>>; setTheme: (theme: Theme) => void } {
  return {
    theme: readonly(chosen),
    setTheme(theme) {
      keep(KEY, theme === 'system' ? null : theme)
      apply(theme)
    },
  }
}

function apply(theme: Theme): void {
  chosen.value = theme
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}
