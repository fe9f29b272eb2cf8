import type * as Y from 'yjs'
import { toBase64 } from '../../shared/canvas/base64.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { PieceReader, type AmendedStroke, type Piece } from '../../shared/canvas/pieces.ts'
import { currentPage, inDrawingOrder, pageIdOf, pagesOf, rawStrokes } from '../../shared/canvas/schema.ts'
import type { CanvasSnapshot, Prediction } from '../../shared/protocol/events.ts'
import type { InkMessage } from '../../shared/protocol/ink.ts'
import type { StrokePath } from '../learning/service.ts'
import { InkTails, type StrokeInProgress } from './ink-tails.ts'
import type { Clock } from '../ops/clock.ts'

interface Committed extends StrokePath {
  readonly id: string
  readonly stroke: Piece['stroke']
  readonly bytes: Uint8Array
}

/** What a guess of this canvas saw. */
export type Seen = Omit<Prediction, 'modelVersion' | 'probabilities'>

/** What changed on the current page; `turned` when another page became the current one (`added` is all of it then). */
export interface PageChange {
  readonly pageId: string
  readonly turned: boolean
  /** `encodeStroke` bytes; one that was there already is replaced. */
  readonly added: readonly { readonly id: string; readonly bytes: Uint8Array }[]
  readonly removed: readonly string[]
}

/**
 * What is on a canvas right now: the committed strokes of the current page and those in progress. A stroke counts
 * once, whichever way it arrives first.
 */
export class CanvasView {
  private readonly tails = new InkTails()
  private readonly reader = new PieceReader()
  private readonly encoded = new WeakMap<Piece, Committed>()
  /** What shows, by the piece's id. */
  private committed = new Map<string, Committed>()
  private strokeIds: ReadonlySet<string> = new Set()
  private current = ''
  private readonly listen = (): void => this.refresh()

  constructor(
    readonly canvasId: string,
    private readonly doc: Y.Doc,
    private readonly clock: Clock,
    private readonly changed: (change: PageChange) => void,
  ) {
    this.read()
    pagesOf(doc).observeDeep(this.listen)
  }

  /** The page that is drawn on, '' in a document without pages. */
  get pageId(): string {
    return this.current
  }

  get empty(): boolean {
    return this.committed.size === 0 && !this.inProgress().next().value
  }

  get busy(): boolean {
    return this.tails.size > 0
  }

  /** Takes in a message of somebody who may draw here; answers whether the picture changed. */
  ink(message: InkMessage, userId: string): boolean {
    switch (message.kind) {
      case 'cursor':
        return false
      case 'ended':
        return this.tails.end(message.strokeId, userId, this.clock.now())
      case 'tail':
        return !this.strokeIds.has(message.strokeId) && this.tails.add(message, userId, this.clock.now())
    }
  }

  /** Drops ink in progress that nobody continues; answers whether the picture changed. */
  expire(): boolean {
    return this.tails.expire(this.clock.now())
  }

  /** What is being drawn on the current page. */
  strokesInProgress(): StrokeInProgress[] {
    return [...this.tails.values()].filter(({ pageId }) => pageId === this.current)
  }

  snapshot(): CanvasSnapshot {
    const strokes = [...this.committed.values()].map(({ id, bytes }) => ({ id, base64: toBase64(bytes) }))
    return { canvasId: this.canvasId, pageId: this.current, strokes }
  }

  /** All strokes to guess from, and what a guess of them has seen. */
  look(): { strokes: StrokePath[]; seen: Seen } {
    const strokes: StrokePath[] = [...this.committed.values()]
    let newest = { id: '', at: -Infinity, points: 0 }
    for (const { id, stroke, xs } of this.committed.values()) {
      if (stroke.at >= newest.at) newest = { id, at: stroke.at, points: xs.length }
    }
    // What is being drawn is newer than anything finished, whatever the drawers' clocks say.
    let since = -Infinity
    for (const stroke of this.inProgress()) {
      strokes.push(stroke)
      if (stroke.since < since) continue
      since = stroke.since
      newest = { id: stroke.strokeId, at: Infinity, points: stroke.xs.length }
    }
    const points = strokes.reduce((sum, { xs }) => sum + xs.length, 0)
    const { canvasId, current: pageId } = this
    return { strokes, seen: { canvasId, pageId, strokeId: newest.id, points, strokePoints: newest.points } }
  }

  stop(): void {
    pagesOf(this.doc).unobserveDeep(this.listen)
  }

  private *inProgress(): Generator<StrokePath & { strokeId: string; since: number }> {
    for (const stroke of this.tails.values()) if (stroke.pageId === this.current) yield stroke
  }

  private refresh(): void {
    const before = this.committed
    const turnedFrom = this.current
    this.read()
    const turned = turnedFrom !== this.current
    const added: Committed[] = []
    for (const [id, piece] of this.committed) if (turned || before.get(id) !== piece) added.push(piece)
    const removed = turned ? [] : [...before.keys()].filter((id) => !this.committed.has(id))
    if (turned || added.length > 0 || removed.length > 0) {
      this.changed({ pageId: this.current, turned, added, removed })
    }
  }

  /** Reads the current page, decoding only what is new; tails of strokes that came or went are over. */
  private read(): void {
    const page = currentPage(this.doc)
    const before = this.strokeIds
    this.current = page ? pageIdOf(page) : ''
    const strokes = this.reader.read(page ? rawStrokes(page) : new Map())
    this.strokeIds = new Set(strokes.map(({ strokeId }) => strokeId))
    for (const strokeId of before) if (!this.strokeIds.has(strokeId)) this.finish(strokeId)
    for (const strokeId of this.strokeIds) if (!before.has(strokeId)) this.finish(strokeId)
    const pieces = strokes.flatMap((stroke) => stroke.pieces.map((piece) => this.commit(stroke, piece)))
    this.committed = new Map(pieces.sort(inDrawingOrder).map((piece) => [piece.id, piece]))
  }

  private finish(strokeId: string): void {
    this.tails.finish(strokeId, this.clock.now())
  }

  private commit({ bytes, drawn }: AmendedStroke, piece: Piece): Committed {
    let known = this.encoded.get(piece)
    if (!known) {
      const { id, stroke } = piece
      known = {
        id,
        stroke,
        xs: stroke.xs,
        ys: stroke.ys,
        bytes: stroke === drawn ? bytes : encodeStroke(stroke),
      }
      this.encoded.set(piece, known)
    }
    return known
  }
}
