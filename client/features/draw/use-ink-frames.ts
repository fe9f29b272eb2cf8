import { onScopeDispose, watch, type Ref, type ShallowRef } from 'vue'
import type { InkLook } from './ink-look.ts'
import { InkPainter } from './ink-painter.ts'
import type { PadModel, PadPerson } from './pad-model.ts'
import type { PadView } from './use-pad-view.ts'

/** Widest backing store of a canvas, in device pixels: more costs memory that small devices lack. */
const MAX_SIDE = 4_096

export interface UseInkFramesOptions {
  readonly dry: Readonly<Ref<HTMLCanvasElement | null>>
  readonly wet: Readonly<Ref<HTMLCanvasElement | null>>
  readonly model: () => PadModel
  readonly view: () => PadView
  readonly people: () => ReadonlyMap<string, PadPerson>
  readonly look: Readonly<ShallowRef<InkLook>>
  /** Where the pen will probably be next. */
  readonly predicted: Readonly<ShallowRef<readonly { readonly x: number; readonly y: number }[]>>
  readonly window?: Window
}

export interface UseInkFramesReturn {
  /** Asks for a new picture with the next frame. */
  readonly request: () => void
}

/** Draws the pad's canvases, at most once a frame and only when something changed or is drying. */
export function useInkFrames(options: UseInkFramesOptions): UseInkFramesReturn {
  const { dry, wet, model, view, people, look, predicted, window: host = window } = options
  let painter: InkPainter | null = null
  let frame: number | null = null

  function paint(): void {
    frame = null
    if (!painter) return
    const { strokes, ghosts, live, edits } = model()
    const offset = edits?.selection.dragged.value ?? null
    const lifted = offset && edits ? edits.selection.pieces.value : []
    const transform = view().transform.value
    const up = new Set(lifted)
    const lying = up.size === 0 ? strokes.value : strokes.value.filter((stroke) => !up.has(stroke))
    painter.paintDry(lying, transform, look.value)
    const ink = {
      strokes: lying,
      lifted,
      offset,
      ghosts: ghosts.value,
      people: people(),
      live,
      predicted: predicted.value,
      now: performance.now(),
    }
    if (painter.paintWet(ink, transform, look.value)) request()
  }

  function request(): void {
    frame ??= host.requestAnimationFrame(paint)
  }

  const sizes = new ResizeObserver(([entry]) => {
    if (!entry || !painter) return
    const { width, height } = deviceSize(entry, host.devicePixelRatio)
    if (width === 0 || height === 0) return
    painter.resize(Math.min(MAX_SIDE, width), Math.min(MAX_SIDE, height))
    // Blank since its resize: drawn at once, so that no empty frame shows.
    if (frame !== null) host.cancelAnimationFrame(frame)
    paint()
  })

  watch(
    [dry, wet],
    ([dryCanvas, wetCanvas]) => {
      sizes.disconnect()
      const dryContext = dryCanvas?.getContext('2d')
      const wetContext = wetCanvas?.getContext('2d')
      painter = dryContext && wetContext ? new InkPainter(dryContext, wetContext) : null
      if (dryCanvas) observeDevicePixels(sizes, dryCanvas)
    },
    { immediate: true, flush: 'post' },
  )
  watch(
    () => [
      model().edits?.selection.dragged.value,
      model().strokes.value,
      model().ghosts.value,
      view().transform.value,
      look.value,
      people(),
    ],
    request,
    { flush: 'sync' },
  )
  onScopeDispose(() => {
    sizes.disconnect()
    if (frame !== null) host.cancelAnimationFrame(frame)
  })
  return { request }
}

/** Device pixels are told exactly where the browser can, and also when only the pixel ratio changes. */
function observeDevicePixels(observer: ResizeObserver, element: Element): void {
  try {
    observer.observe(element, { box: 'device-pixel-content-box' })
  } catch {
    observer.observe(element)
  }
}

/** The browser's exact count where it agrees with the pixel ratio: emulated ratios are not counted in. */
function deviceSize(entry: ResizeObserverEntry, pixelRatio: number): { width: number; height: number } {
  const width = entry.contentRect.width * pixelRatio
  const height = entry.contentRect.height * pixelRatio
  const exact = 'devicePixelContentBoxSize' in entry ? entry.devicePixelContentBoxSize[0] : undefined
  if (exact && Math.abs(exact.inlineSize - width) < 1.5 && Math.abs(exact.blockSize - height) < 1.5) {
    return { width: exact.inlineSize, height: exact.blockSize }
  }
  return { width: Math.round(width), height: Math.round(height) }
}
