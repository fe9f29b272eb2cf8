import { onScopeDispose, watch, type Ref } from 'vue'
import type { PadView } from './use-pad-view.ts'

const LINE_PX = 16
/** Natural logarithm of the zoom for each pixel of the wheel; a pinch on a touchpad comes in smaller steps. */
const WHEEL_RATE = 0.002
const PINCH_RATE = 0.01

export interface UsePadWheelOptions {
  readonly surface: Readonly<Ref<HTMLElement | null>>
  readonly view: () => PadView
  /** Whether the plain wheel zooms too, or is left to scroll the page. */
  readonly plainWheel: () => boolean
}

/** Zooms a pad about the pointer with the wheel, or with a pinch on a touchpad (which comes as ctrl and wheel). */
export function usePadWheel({ surface, view, plainWheel }: UsePadWheelOptions): void {
  function zoom(event: WheelEvent): void {
    const element = surface.value
    if (!element || !(event.ctrlKey || event.metaKey || plainWheel())) return
    event.preventDefault()
    const box = element.getBoundingClientRect()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY
    const factor = Math.exp(-pixels * (event.ctrlKey ? PINCH_RATE : WHEEL_RATE))
    view().zoomAt(factor, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height)
  }
  watch(
    surface,
    (element, before) => {
      before?.removeEventListener('wheel', zoom)
      element?.addEventListener('wheel', zoom, { passive: false })
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => surface.value?.removeEventListener('wheel', zoom))
}
