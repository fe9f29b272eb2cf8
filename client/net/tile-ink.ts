import { fromBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { CanvasSnapshot, WireStroke } from '../../shared/protocol/events.ts'
import { GHOST_LIFE_MS, type InkTail, type RoomInk } from '../../shared/protocol/ink.ts'

/** Late tails of a stroke that is finished are dropped for this long, in ms. */
const FINISHED_MS = 10_000
const MOST_FINISHED = 2_000
const MOST_GHOSTS = 64
/** Someone counts as drawing until this long after their last ink, in ms. */
export const WET_MS = 1_500

export interface TileStroke {
  readonly xs: ArrayLike<number>
  readonly ys: ArrayLike<number>
  /** Who is drawing it at this moment, null once it is finished. */
  readonly userId: string | null
}

interface Ghost {
  readonly userId: string
  readonly pageId: string
  readonly xs: number[]
  readonly ys: number[]
  at: number
}

interface Tile {
  pageId: string
  readonly strokes: Map<string, TileStroke>
  readonly ghosts: Map<string, Ghost>
  wet: { readonly userId: string; readonly at: number } | null
}

interface Change {
  readonly canvasId: string
  readonly pageId: string
  readonly turned: boolean
  readonly added: readonly WireStroke[]
  readonly removed: readonly string[]
}

/** The ink of all tiles of a wall: finished strokes and those in progress, kept outside of Vue for speed. */
export interface TileInk {
  /** All strokes of a tile, finished ones first. */
  strokes(canvasId: string): readonly TileStroke[]
  /** Who drew on the tile within WET_MS, null for nobody. */
  drawing(canvasId: string): string | null
  pageId(canvasId: string): string | null
  setSnapshot(snapshot: CanvasSnapshot): void
  change(change: Change): void
  ink(batch: readonly RoomInk[]): void
  /** Drops ghosts and wet marks whose time is over. */
  expire(): void
  /** Called with the canvas whose picture changed. Answers the function that stops it. */
  onChange(listener: (canvasId: string) => void): () => void
  clear(): void
}

/** `now` answers ms that only grow. */
export function createTileInk(now: () => number = () => performance.now()): TileInk {
  const tiles = new Map<string, Tile>()
  const finished = new Map<string, number>()
  const listeners = new Set<(canvasId: string) => void>()

  function tileOf(canvasId: string): Tile {
    let tile = tiles.get(canvasId)
    if (!tile) {
      tile = { pageId: '', strokes: new Map(), ghosts: new Map(), wet: null }
      tiles.set(canvasId, tile)
    }
    return tile
  }

  function tell(canvasId: string): void {
    for (const listener of listeners) listener(canvasId)
  }

  function finish(strokeId: string): void {
    finished.delete(strokeId)
    finished.set(strokeId, now())
    if (finished.size > MOST_FINISHED) {
      const oldest = finished.keys().next()
      if (!oldest.done) finished.delete(oldest.value)
    }
  }

  function put(tile: Tile, stroke: WireStroke): void {
    finish(stroke.id)
    tile.ghosts.delete(stroke.id)
    const points = readable(fromBase64(stroke.base64))
    if (points) tile.strokes.set(stroke.id, { ...points, userId: null })
  }

  function extend(tile: Tile, userId: string, tail: InkTail): boolean {
    if (finished.has(tail.strokeId)) return false
    if (tile.pageId !== '' && tail.pageId !== tile.pageId) return false
    let ghost = tile.ghosts.get(tail.strokeId)
    if (!ghost) {
      if (tile.ghosts.size >= MOST_GHOSTS) return false
      ghost = { userId, pageId: tail.pageId, xs: [], ys: [], at: now() }
      tile.ghosts.set(tail.strokeId, ghost)
    }
    // A lost packet leaves a gap, which the line bridges.
    const start = Math.min(tail.start, ghost.xs.length)
    ghost.xs.length = start
    ghost.ys.length = start
    ghost.xs.push(...tail.xs)
    ghost.ys.push(...tail.ys)
    ghost.at = now()
    tile.wet = { userId, at: now() }
    return true
  }

  return {
    strokes(canvasId) {
      const tile = tiles.get(canvasId)
      if (!tile) return []
      const ghosts = [...tile.ghosts.values()].filter(
        (ghost) => tile.pageId === '' || ghost.pageId === tile.pageId,
      )
      return [...tile.strokes.values(), ...ghosts]
    },
    drawing(canvasId) {
      const wet = tiles.get(canvasId)?.wet
      return wet && now() - wet.at < WET_MS ? wet.userId : null
    },
    pageId: (canvasId) => tiles.get(canvasId)?.pageId ?? null,
    setSnapshot({ canvasId, pageId, strokes }) {
      const tile = tileOf(canvasId)
      tile.pageId = pageId
      tile.strokes.clear()
      for (const stroke of strokes) put(tile, stroke)
      tell(canvasId)
    },
    change({ canvasId, pageId, turned, added, removed }) {
      const tile = tileOf(canvasId)
      if (turned || tile.pageId !== pageId) {
        tile.pageId = pageId
        tile.strokes.clear()
        for (const [id, ghost] of tile.ghosts) if (ghost.pageId !== pageId) tile.ghosts.delete(id)
      }
      for (const id of removed) {
        finish(id)
        tile.strokes.delete(id)
        tile.ghosts.delete(id)
      }
      for (const stroke of added) put(tile, stroke)
      tell(canvasId)
    },
    ink(batch) {
      const touched = new Set<string>()
      for (const { userId, message } of batch) {
        const { canvasId } = message
        if (message.kind === 'tail' && extend(tileOf(canvasId), userId, message)) touched.add(canvasId)
        if (message.kind === 'ended' && tiles.get(canvasId)?.ghosts.delete(message.strokeId))
          touched.add(canvasId)
      }
      for (const canvasId of touched) tell(canvasId)
    },
    expire() {
      const time = now()
      for (const [canvasId, tile] of tiles) {
        let changed = false
        for (const [id, ghost] of tile.ghosts) {
          if (time - ghost.at > GHOST_LIFE_MS) changed = tile.ghosts.delete(id) || changed
        }
        if (tile.wet && time - tile.wet.at >= WET_MS) {
          tile.wet = null
          changed = true
        }
        if (changed) tell(canvasId)
      }
      for (const [id, at] of finished) {
        if (time - at < FINISHED_MS) break
        finished.delete(id)
      }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    clear() {
      tiles.clear()
      finished.clear()
    },
  }
}

function readable(bytes: Uint8Array): { readonly xs: Float32Array; readonly ys: Float32Array } | null {
  try {
    const { xs, ys } = decodeStroke(bytes)
    return { xs, ys }
  } catch (error) {
    if (error instanceof StrokeCodecError) return null
    throw error
  }
}
