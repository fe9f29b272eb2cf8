import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { FITTED, panBy, zoomAt, type ViewTransform } from './view-transform.ts'

const ZOOM_STEP = 1.5

/** The zoom of a pad, shared between the pad and its tools. Hold it in a plain const. */
export interface PadView {
  readonly transform: Readonly<ShallowRef<ViewTransform>>
  readonly percent: ComputedRef<number>
  readonly fitted: ComputedRef<boolean>
  zoomIn(): void
  zoomOut(): void
  fit(): void
  /** Zooms about a point given as shares of the pad. */
  zoomAt(factor: number, shareX: number, shareY: number): void
  /** Moves the paper by shares of the pad. */
  panBy(shareX: number, shareY: number): void
}

export function usePadView(): PadView {
  const transform = shallowRef<ViewTransform>(FITTED)
  const zoom = (factor: number, shareX: number, shareY: number): void => {
    transform.value = zoomAt(transform.value, factor, shareX, shareY)
  }
  return {
    transform,
    percent: computed(() => Math.round(transform.value.zoom * 100)),
    fitted: computed(() => transform.value === FITTED),
    zoomIn: () => zoom(ZOOM_STEP, 0.5, 0.5),
    zoomOut: () => zoom(1 / ZOOM_STEP, 0.5, 0.5),
    fit: () => {
      transform.value = FITTED
    },
    zoomAt: zoom,
    panBy: (shareX, shareY) => {
      transform.value = panBy(transform.value, shareX, shareY)
    },
  }
}
