import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'

/** What of the page the pad shows: `zoom` 1 is the whole page; `x`, `y` is the page pixel at the top left corner. */
export interface ViewTransform {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

/** The pad's box in client (CSS) pixels, as `getBoundingClientRect` gives it. */
export interface PadBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export const FITTED: ViewTransform = { zoom: 1, x: 0, y: 0 }
export const LEAST_ZOOM = 0.5
export const MOST_ZOOM = 8

/**
 * The page pixel under a pointer. Client coordinates and the box are in the same unit whatever the browser's zoom and
 * the device's pixel ratio, so neither enters here.
 */
export function toPage(
  clientX: number,
  clientY: number,
  box: PadBox,
  view: ViewTransform,
): { x: number; y: number } {
  return {
    x: ((clientX - box.left) / box.width) * (PAGE_SIZE / view.zoom) + view.x,
    y: ((clientY - box.top) / box.height) * (PAGE_SIZE / view.zoom) + view.y,
  }
}

/** Where a page pixel shows, as shares of the pad's width and height. */
export function toShare(x: number, y: number, view: ViewTransform): { x: number; y: number } {
  return { x: ((x - view.x) * view.zoom) / PAGE_SIZE, y: ((y - view.y) * view.zoom) / PAGE_SIZE }
}

/** Canvas matrix [a, b, c, d, e, f] that draws page pixels onto a backing store of `width` by `height` device pixels. */
export function canvasMatrix(
  view: ViewTransform,
  width: number,
  height: number,
): [number, number, number, number, number, number] {
  const sx = (view.zoom * width) / PAGE_SIZE
  const sy = (view.zoom * height) / PAGE_SIZE
  return [sx, 0, 0, sy, -view.x * sx, -view.y * sy]
}

/** Zooms by `factor` while the page pixel at the share (`shareX`, `shareY`) of the pad stays where it is. */
export function zoomAt(view: ViewTransform, factor: number, shareX: number, shareY: number): ViewTransform {
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, view.zoom * factor))
  const held = PAGE_SIZE / view.zoom - PAGE_SIZE / zoom
  return bounded({ zoom, x: view.x + shareX * held, y: view.y + shareY * held })
}

/** Moves the paper by shares of the pad. */
export function panBy(view: ViewTransform, shareX: number, shareY: number): ViewTransform {
  const side = PAGE_SIZE / view.zoom
  return bounded({ zoom: view.zoom, x: view.x - shareX * side, y: view.y - shareY * side })
}

/** Zoomed in, the page fills the pad; zoomed out, it lies in the middle: it cannot get lost. */
function bounded({ zoom, x, y }: ViewTransform): ViewTransform {
  const room = PAGE_SIZE - PAGE_SIZE / zoom
  if (room <= 0) return { zoom, x: room / 2, y: room / 2 }
  return { zoom, x: Math.min(room, Math.max(0, x)), y: Math.min(room, Math.max(0, y)) }
}
