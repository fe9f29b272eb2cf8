import * as Y from 'yjs'
import { amend, amendedStrokeOf, type Offset } from '../../shared/canvas/amend.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { PieceReader, type AmendedStroke, type Piece } from '../../shared/canvas/pieces.ts'
import {
  MAX_AMENDMENTS_PER_PAGE,
  MAX_POINTS_PER_PAGE,
  MAX_STROKES_PER_PAGE,
} from '../../shared/canvas/limits.ts'
import {
  appendPage,
  currentPage,
  cutStroke,
  inDrawingOrder,
  moveStroke,
  origins,
  pageIdOf,
  pagesOf,
  rawStrokes,
  removeStrokes,
  strokesOf,
} from '../../shared/canvas/schema.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId, randomText } from '../../shared/ids/id.ts'
import { canReturn, returnPage, turnPage, type PageReturn } from './canvas-pages.ts'
import { Rubbing } from './rubbing.ts'
import { UnsavedStrokes, type EncodedStroke } from './unsaved-strokes.ts'

/** Steps of undo kept; each pins what it removed in memory. */
export const MAX_UNDO_STEPS = 200
/** A step ends where the code says so, never by time. */
const ONE_STEP_MS = Number.MAX_SAFE_INTEGER
/** Largest part of strokes written in one transaction, well below what the server takes as one message. */
const MAX_PART_BYTES = 150_000
/** Share of a page's limits from which it counts as nearly full. */
const NEARLY_FULL = 0.9
/** Sets apart the cuts of one stroke. */
const CUT_ID_LENGTH = 8
const CUT_ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

export interface CanvasDocOptions {
  /** Called after each change of the strokes, the page, the steps of undo or what is unsaved. */
  readonly onChange: () => void
}

/**
 * A canvas as one person edits it: the current page's strokes, their own steps of undo, and which of their strokes
 * the store does not hold yet. Knows no network; a provider syncs `doc`.
 */
export class CanvasDoc {
  readonly doc = new Y.Doc({ gc: true })
  readonly #undo: Y.UndoManager
  readonly #unsaved: UnsavedStrokes
  readonly #reader = new PieceReader()
  readonly #rubbing = new Rubbing()
  readonly #onChange: () => void
  #pageId = ''
  #clearedPageId: string | null = null
  #amended: readonly AmendedStroke[] = []
  #amendments = 0
  #strokes: readonly Piece[] = []
  #strokeIds: ReadonlyMap<string, string> = new Map()

  constructor({ onChange }: CanvasDocOptions) {
    this.#onChange = onChange
    this.#unsaved = new UnsavedStrokes(this.doc)
    this.#undo = new Y.UndoManager(pagesOf(this.doc), {
      trackedOrigins: new Set([origins.local]),
      captureTimeout: ONE_STEP_MS,
    })
    this.#undo.on('stack-item-added', () => {
      if (this.#undo.undoStack.length > MAX_UNDO_STEPS) this.#undo.undoStack.shift()
    })
    this.doc.on('afterTransaction', () => this.#read())
  }

  get pageId(): string {
    return this.#pageId
  }
  /** What shows of the current page, in drawing order; the same piece is the same object until it changes. */
  get strokes(): readonly Piece[] {
    return this.#strokes
  }
  /** Whether the current page has little room left; the server turns a full one. */
  get nearlyFull(): boolean {
    const points = this.#amended.reduce((sum, { drawn }) => sum + drawn.xs.length, 0)
    return (
      this.#amended.length >= NEARLY_FULL * MAX_STROKES_PER_PAGE ||
      points >= NEARLY_FULL * MAX_POINTS_PER_PAGE ||
      this.#amendments >= NEARLY_FULL * MAX_AMENDMENTS_PER_PAGE
    )
  }
  get canUndo(): boolean {
    return this.#undo.canUndo() || this.canRestore
  }
  get canRedo(): boolean {
    return this.#undo.canRedo()
  }
  /** Whether the page cleared last can come back as the current one. */
  get canRestore(): boolean {
    return this.#clearedPageId !== null && canReturn(this.doc, this.#clearedPageId)
  }
  get unsavedCount(): number {
    return this.#unsaved.count
  }
  /** What this device wrote that the store does not hold yet. */
  get unsaved(): UnsavedStrokes {
    return this.#unsaved
  }

  /** Puts a finished stroke on the current page, whichever page it was begun on. */
  commit(id: string, stroke: Stroke): void {
    this.#undo.stopCapturing()
    this.#put([{ id, bytes: encodeStroke(stroke) }], origins.local)
    this.#undo.stopCapturing()
  }

  /**
   * Puts strokes kept from before on the current page, and what was done to strokes, but for those the document has;
   * no step of undo.
   */
  putBack(strokes: readonly EncodedStroke[]): void {
    const known = new Set(
      pagesOf(this.doc)
        .toArray()
        .flatMap((page) => [...rawStrokes(page).keys()]),
    )
    const coming = new Set(strokes.map(({ id }) => id))
    const page = currentPage(this.doc)
    const here = page && strokesOf(page)
    let part: EncodedStroke[] = []
    let bytes = 0
    for (const stroke of strokes) {
      const amended = amendedStrokeOf(stroke.id)
      const homeless = amended !== null && !coming.has(amended) && here?.has(amended) !== true
      if (known.has(stroke.id) || homeless) continue
      if (bytes + stroke.bytes.byteLength > MAX_PART_BYTES) {
        this.#put(part, origins.load)
        part = []
        bytes = 0
      }
      part.push(stroke)
      bytes += stroke.bytes.byteLength
    }
    if (part.length > 0) this.#put(part, origins.load)
  }

  /** Removes strokes of the current page, named by any of their pieces; all removals until `endStep` are one step of undo. */
  erase(pieceIds: readonly string[]): void {
    const page = currentPage(this.doc)
    const strokeIds = this.#strokesOf(pieceIds)
    if (page && strokeIds.size > 0) this.#edit(() => removeStrokes(page, strokeIds))
  }

  /** Rubs out what lies within `radius` page pixels of a point; it is written, as one step of undo, by `endStep`. */
  erasePart(x: number, y: number, radius: number): void {
    if (!this.#rubbing.rub(this.#amended, x, y, radius)) return
    this.#show()
    this.#onChange()
  }

  /** Ends a sweep of the eraser: what was rubbed out since is written, a stroke of which nothing is left goes whole. */
  endStep(): void {
    const page = currentPage(this.doc)
    const rubbed = this.#amended.filter(({ strokeId }) => this.#rubbing.cutsOf(strokeId).length > 0)
    const gone = rubbed.filter((stroke) => this.#rubbing.pieces(stroke).length === 0)
    const cuts = rubbed
      .filter((stroke) => !gone.includes(stroke))
      .flatMap(({ strokeId }) => this.#rubbing.cutsOf(strokeId).map((cut) => ({ strokeId, cut })))
    this.#rubbing.clear()
    if (page && rubbed.length > 0) {
      this.#edit(() => {
        removeStrokes(page, new Set(gone.map(({ strokeId }) => strokeId)))
        if (this.#amendments + cuts.length > MAX_AMENDMENTS_PER_PAGE) return
        for (const { strokeId, cut } of cuts) {
          cutStroke(page, strokeId, randomText(CUT_ID_ALPHABET, CUT_ID_LENGTH), cut)
        }
      })
      // A sweep for which the page has no room changed nothing: it shows again.
      this.#show()
      this.#onChange()
    }
    this.#undo.stopCapturing()
  }

  /** Moves strokes, named by any of their pieces, as one step of undo. */
  move(pieceIds: readonly string[], { dx, dy }: Offset): void {
    const page = currentPage(this.doc)
    const strokeIds = this.#strokesOf(pieceIds)
    if (!page || strokeIds.size === 0 || (dx === 0 && dy === 0)) return
    if (this.#amendments + strokeIds.size > MAX_AMENDMENTS_PER_PAGE) return
    this.#step(() => {
      for (const { strokeId, offset } of this.#amended) {
        if (!strokeIds.has(strokeId)) continue
        moveStroke(page, strokeId, { dx: (offset?.dx ?? 0) + dx, dy: (offset?.dy ?? 0) + dy })
      }
    })
  }

  /**
   * Puts copies of strokes on the page, as they show now and moved by `offset`, as one step of undo. Answers the copies' ids, none
   * where the page has no room for them. `at`: epoch ms.
   */
  duplicate(pieceIds: readonly string[], offset: Offset, at: number): string[] {
    const strokeIds = this.#strokesOf(pieceIds)
    const pieces = this.#strokes.filter(({ strokeId }) => strokeIds.has(strokeId))
    if (this.#amended.length + pieces.length > MAX_STROKES_PER_PAGE) return []
    const copies = pieces.flatMap(({ stroke }, i) =>
      amend({ ...stroke, at: at + i }, offset, []).map((copy) => ({
        id: newId(),
        bytes: encodeStroke(copy),
      })),
    )
    this.#undo.stopCapturing()
    this.#put(copies, origins.local)
    this.#undo.stopCapturing()
    return copies.map(({ id }) => id)
  }

  /** Takes my newest step back, or brings the cleared page back where there is no step left. */
  undo(): void {
    this.#undo.stopCapturing()
    if (this.#undo.canUndo()) this.#undo.undo()
    else if (this.canRestore) this.restoreCleared()
  }

  redo(): void {
    if (this.#undo.canRedo()) this.#undo.redo()
  }

  clear(): void {
    const cleared = turnPage(this.doc)
    if (cleared === null) return
    this.#clearedPageId = cleared
    this.#onChange()
  }

  restoreCleared(): PageReturn {
    const cleared = this.#clearedPageId
    this.#clearedPageId = null
    if (cleared === null) return 'gone'
    const returned = returnPage(this.doc, cleared)
    this.#onChange()
    return returned
  }

  /**
   * Turns the page for a label; null where nothing is drawn. The state vector is taken after the turn: a server that
   * has come so far also has every erasure before it, which no state vector counts.
   */
  turn(): {
    pageId: string
    strokeIds: string[]
    stateVector: Uint8Array
    undoTurn: () => PageReturn
  } | null {
    const strokeIds = [...new Set(this.#strokeIds.values())]
    const pageId = this.#strokes.length > 0 ? turnPage(this.doc) : null
    if (pageId === null) return null
    this.#clearedPageId = null
    this.#onChange()
    return {
      pageId,
      strokeIds,
      stateVector: Y.encodeStateVector(this.doc),
      undoTurn: () => returnPage(this.doc, pageId),
    }
  }

  /** Brings a turned page back as the current one, or leaves it behind where somebody has drawn since. */
  bringBack(pageId: string): PageReturn {
    const returned = returnPage(this.doc, pageId)
    this.#onChange()
    return returned
  }

  /** Takes in a `canvas:saved` acknowledgement. Bytes that are no state vector count as nothing saved. */
  noteSaved(stateVector: Uint8Array): void {
    if (this.#unsaved.noteSaved(stateVector)) this.#onChange()
  }

  /** My strokes that no acknowledgement covers and that still stand, oldest first. */
  unsavedStrokes(): readonly EncodedStroke[] {
    return this.#unsaved.strokes()
  }

  destroy(): void {
    this.#undo.destroy()
    this.doc.destroy()
  }

  #put(strokes: readonly EncodedStroke[], origin: string): void {
    this.doc.transact(() => {
      if (!currentPage(this.doc)) appendPage(this.doc, newId())
      const page = currentPage(this.doc)
      const onPage = page && strokesOf(page)
      for (const { id, bytes } of strokes) onPage?.set(id, bytes)
    }, origin)
  }

  #read(): void {
    const page = currentPage(this.doc)
    const pageId = page ? pageIdOf(page) : ''
    if (pageId !== this.#pageId) {
      this.#pageId = pageId
      this.#undo.clear()
      this.#rubbing.clear()
    }
    const raw = page ? rawStrokes(page) : new Map<string, Uint8Array>()
    this.#amended = this.#reader.read(raw)
    this.#amendments = raw.size - this.#amended.length
    this.#show()
    this.#unsaved.settle()
    this.#onChange()
  }

  #show(): void {
    this.#strokes = this.#amended.flatMap((stroke) => this.#rubbing.pieces(stroke)).sort(inDrawingOrder)
    this.#strokeIds = new Map(this.#strokes.map(({ id, strokeId }) => [id, strokeId]))
  }

  /** The stroke that a piece is part of; null for what does not show. */
  strokeIdOf(pieceId: string): string | null {
    return this.#strokeIds.get(pieceId) ?? null
  }

  #strokesOf(pieceIds: readonly string[]): Set<string> {
    const known = pieceIds.map((id) => this.#strokeIds.get(id))
    return new Set(known.filter((id) => id !== undefined))
  }

  #step(change: () => void): void {
    this.#undo.stopCapturing()
    this.#edit(change)
    this.#undo.stopCapturing()
  }

  #edit(change: () => void): void {
    this.doc.transact(change, origins.local)
  }
}
