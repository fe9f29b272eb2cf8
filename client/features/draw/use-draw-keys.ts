import { onScopeDispose } from 'vue'
import type { PadTool } from './pad-tool.ts'

export interface UseDrawKeysOptions {
  readonly onTool: (tool: PadTool) => void
  readonly onUndo: () => void
  readonly onRedo: () => void
  /** What is selected, if anything: only then its keys mean something. */
  readonly selection?: () => { remove(): void; duplicate(): void; drop(): void } | null
  readonly window?: Window
}

const TOOLS: Readonly<Record<string, PadTool>> = { p: 'pen', e: 'eraser', v: 'select', h: 'hand' }

/**
 * The drawing shortcuts: p, e, v, h; ctrl or cmd with z, the same with shift (or ctrl+y); for what is selected delete,
 * ctrl or cmd with d, and escape. Never while typing or in a dialog.
 */
export function useDrawKeys({
  onTool,
  onUndo,
  onRedo,
  selection = () => null,
  window: host = window,
}: UseDrawKeysOptions): void {
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || isElsewhere(event.target)) return
    const key = event.key.toLowerCase()
    const selected = selection()
    if (selected && changes(selected, key, event)) {
      event.preventDefault()
      return
    }
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

/** Answers whether the key means something to what is selected. */
function changes(
  selected: { remove(): void; duplicate(): void; drop(): void },
  key: string,
  { ctrlKey, metaKey, repeat }: KeyboardEvent,
): boolean {
  if ((ctrlKey || metaKey) && key === 'd') {
    // A key that is held down is not meant as a row of copies.
    if (!repeat) selected.duplicate()
  } else if (key === 'delete' || key === 'backspace') selected.remove()
  else if (key === 'escape') selected.drop()
  else return false
  return true
}

function isElsewhere(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], dialog') !== null
  )
}
