import { onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import { useMedia } from '../../composables/media.ts'
import { useTheme } from '../../composables/theme.ts'
import type { FreshLabel } from '../../net/room-state.ts'
import type { TileInk } from '../../net/tile-ink.ts'
import { drawTile } from './draw-tile.ts'
import { cancelFrame, nextFrame } from './frame-queue.ts'

interface TileCanvasOptions {
  readonly element: Readonly<Ref<HTMLCanvasElement | null>>
  readonly tiles: TileInk
  readonly canvasId: () => string
  /** Says that the tile of a canvas shows; answers how to take that back. */
  readonly show: (canvasId: string) => () => void
  /** A drawing that was just labelled is shown in place of the clean page that follows it. */
  readonly fresh: () => FreshLabel | undefined
  /** Anything that changes the colour of the ink. */
  readonly look: () => unknown
}

interface TileCanvas {
  readonly empty: Readonly<Ref<boolean>>
  /** Who draws on it now, null for nobody. */
  readonly drawing: Readonly<Ref<string | null>>
}

/** Keeps a tile's picture up to date: at most once a frame, and not at all while it is off the screen. */
export function useTileCanvas({
  element,
  tiles,
  canvasId,
  show,
  fresh,
  look,
}: TileCanvasOptions): TileCanvas {
  const empty = ref(true)
  const drawing = ref<string | null>(null)
  const { theme } = useTheme()
  const dark = useMedia('(prefers-color-scheme: dark)')
  let visible = false
  let side = 0

  function update(): void {
    const strokes = tiles.strokes(canvasId())
    empty.value = strokes.length === 0
    drawing.value = tiles.drawing(canvasId())
    const canvas = element.value
    if (!canvas || !visible || side === 0) return
    const labelled = strokes.length === 0 ? fresh() : undefined
    drawTile(canvas, side, labelled ? labelled.strokes : strokes)
  }

  const sizes = new ResizeObserver(([entry]) => {
    if (!entry) return
    side = Math.round(entry.contentRect.width * window.devicePixelRatio)
    nextFrame(update)
  })
  const sights = new IntersectionObserver(([entry]) => {
    visible = entry?.isIntersecting ?? false
    sight()
    if (visible) nextFrame(update)
  })
  let hide: (() => void) | null = null
  function sight(): void {
    const before = hide
    hide = visible ? show(canvasId()) : null
    before?.()
  }
  watch(canvasId, sight)
  const stop = tiles.onChange((changed) => {
    if (changed === canvasId()) nextFrame(update)
  })
  watch(
    [theme, dark, fresh, look, canvasId],
    () => {
      nextFrame(update)
    },
    { flush: 'post' },
  )

  onMounted(() => {
    if (!element.value) return
    sizes.observe(element.value)
    sights.observe(element.value)
    update()
  })
  onBeforeUnmount(() => {
    stop()
    hide?.()
    sizes.disconnect()
    sights.disconnect()
    cancelFrame(update)
  })
  return { empty, drawing }
}
