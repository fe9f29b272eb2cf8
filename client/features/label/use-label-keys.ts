import { onScopeDispose } from 'vue'
import { classOfKey } from './chip-keys.ts'

interface LabelKeysOptions {
  readonly keys: () => ReadonlyMap<string, string>
  readonly enabled: () => boolean
  readonly onClass: (classId: string) => void
  /** Enter, 'yes, that's right'. */
  readonly onYes: () => void
}

/** Number keys and Enter, wherever the focus is but where they mean something else. */
export function useLabelKeys({ keys, enabled, onClass, onYes }: LabelKeysOptions): void {
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.repeat || event.isComposing) return
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || !enabled()) return
    const target = event.target instanceof Element ? event.target : null
    if (target?.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return
    if (event.key === 'Enter') {
      if (target?.closest('button, a, [role="button"], [role="menuitem"]')) return
      event.preventDefault()
      onYes()
      return
    }
    const classId = classOfKey(event.key, keys())
    if (classId === null) return
    event.preventDefault()
    onClass(classId)
  }
  window.addEventListener('keydown', press)
  onScopeDispose(() => {
    window.removeEventListener('keydown', press)
  })
}
