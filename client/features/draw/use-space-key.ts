import { onScopeDispose, shallowRef, type Ref, type ShallowRef } from 'vue'

export interface UseSpaceKeyOptions {
  /** The key counts only while the pointer is over this element. */
  readonly over: Readonly<Ref<HTMLElement | null>>
  readonly window?: Window
}

/** Whether the space key is held over an element: it then moves the paper and scrolls nothing. */
export function useSpaceKey({ over, window: host = window }: UseSpaceKeyOptions): {
  held: Readonly<ShallowRef<boolean>>
} {
  const held = shallowRef(false)
  const down = (event: KeyboardEvent): void => {
    if (event.key !== ' ' || !over.value?.matches(':hover') || takesSpace(event.target)) return
    event.preventDefault()
    held.value = true
  }
  const up = (event: KeyboardEvent): void => {
    if (event.key === ' ') held.value = false
  }
  const release = (): void => {
    held.value = false
  }
  host.addEventListener('keydown', down)
  host.addEventListener('keyup', up)
  host.addEventListener('blur', release)
  onScopeDispose(() => {
    host.removeEventListener('keydown', down)
    host.removeEventListener('keyup', up)
    host.removeEventListener('blur', release)
  })
  return { held }
}

function takesSpace(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, button, a, [contenteditable]') !== null
  )
}
