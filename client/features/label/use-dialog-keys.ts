import { onScopeDispose } from 'vue'
import { classOfKey } from './chip-keys.ts'

/** Number keys inside an open dialog; typing and modifiers are left alone. */
export function useDialogKeys(options: {
  readonly open: () => boolean
  readonly keys: () => ReadonlyMap<string, string>
  readonly onClass: (classId: string) => void
}): void {
  function press(event: KeyboardEvent): void {
    if (!options.open() || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return
    if (event.target instanceof Element && event.target.closest('input, textarea')) return
    const classId = classOfKey(event.key, options.keys())
    if (classId === null) return
    event.preventDefault()
    options.onClass(classId)
  }
  window.addEventListener('keydown', press)
  onScopeDispose(() => {
    window.removeEventListener('keydown', press)
  })
}
