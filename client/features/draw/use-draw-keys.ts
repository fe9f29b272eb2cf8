import { onScopeDispose } from 'vue'
import type { PadTool } from './pad-tool.ts'

export interface UseDrawKeysOptions {
  readonly onTool: (tool: PadTool) => void
  readonly onUndo: () => void
  readonly onRedo: () => void
  readonly window?: Window
}

const TOOLS: Readonly<Record<string, PadTool>> = { p: 'pen', e: 'eraser', h: 'hand' }

/** The drawing shortcuts: p, e, h, ctrl or cmd with z, the same with shift (or ctrl+y). Never while typing or in a dialog. */
export function useDrawKeys({ onTool, onUndo, onRedo, window: host = window }: UseDrawKeysOptions): void {
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || isElsewhere(event.target)) return
    const key = event.key.toLowerCase()
    if (event.ctrlKey || event.metaKey) {
      if (key !== 'z' && key !== 'y') return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) onRedo()
      else onUndo()
      return
    }
    const tool = TOOLS[key]
    if (tool === undefined || event.shiftKey || event.repeat) return
    event.preventDefault()
    onTool(tool)
  }
  host.addEventListener('keydown', press)
  onScopeDispose(() => host.removeEventListener('keydown', press))
}

function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], dialog') !== null
  )
}
