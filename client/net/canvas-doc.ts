import * as Y from 'yjs'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import {
  appendPage,
  currentPage,
  inDrawingOrder,
  origins,
  pageIdOf,
  pagesOf,
  rawStrokes,
  removeStroke,
  strokesOf,
} from '../../shared/canvas/schema.ts'
import type { IdentifiedStroke, Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import { canReturn, returnPage, turnPage, type PageReturn } from './canvas-pages.ts'
import { decodeOrNull } from './decode-or-null.ts'
import { UnsavedStrokes, type EncodedStroke } from './unsaved-strokes.ts'

/** Steps of undo kept; each pins what it removed in memory. */
export const MAX_UNDO_STEPS = 200
/** A step ends where the code says so, never by time. */
const ONE_STEP_MS = Number.MAX_SAFE_INTEGER
/** Largest part of strokes written in one transaction, well below what the server takes as one message. */
const MAX_PART_BYTES = 150_000

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
  readonly #decoded = new WeakMap<Uint8Array, { stroke: Stroke | null }>()
  readonly #onChange: () => void
  #pageId = ''
  #clearedPageId: string | null = null
  #strokes: readonly IdentifiedStroke[] = []

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
  /** The current page's readable strokes, in drawing order; the same stroke is the same object until it is replaced. */
  get strokes(): readonly IdentifiedStroke[] {
    return this.#strokes
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

  /** Puts strokes kept from before on the current page, but for those the document has; no step of undo. */
  putBack(strokes: readonly EncodedStroke[]): void {
    const known = new Set(
      pagesOf(this.doc)
        .toArray()
        .flatMap((page) => [...rawStrokes(page).keys()]),
    )
    let part: EncodedStroke[] = []
    let bytes = 0
    for (const stroke of strokes) {
      if (known.has(stroke.id)) continue
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

  /** Removes strokes of the current page; all removals until `endStep` are one step of undo. */
  erase(ids: readonly string[]): void {
    const page = currentPage(this.doc)
    const strokes = page && strokesOf(page)
    const present = ids.filter((id) => strokes?.has(id))
    if (!page || present.length === 0) return
    this.doc.transact(() => {
      for (const id of present) removeStroke(page, id)
    }, origins.local)
  }

  endStep(): void {
    this.#undo.stopCapturing()
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
  turn(): { pageId: string; stateVector: Uint8Array; undoTurn: () => PageReturn } | null {
    const pageId = turnPage(this.doc)
    if (pageId === null) return null
    this.#clearedPageId = null
    this.#onChange()
    return {
      pageId,
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
    }
    this.#strokes = page ? this.#readStrokes(page) : []
    this.#unsaved.settle()
    this.#onChange()
  }

  #readStrokes(page: NonNullable<ReturnType<typeof currentPage>>): readonly IdentifiedStroke[] {
    const strokes: IdentifiedStroke[] = []
    for (const [id, bytes] of rawStrokes(page)) {
      const stroke = this.#decode(bytes)
      if (stroke) strokes.push({ id, stroke })
    }
    return strokes.sort(inDrawingOrder)
  }

  #decode(bytes: Uint8Array): Stroke | null {
    const known = this.#decoded.get(bytes)
    if (known) return known.stroke
    const stroke = decodeOrNull(bytes)
    this.#decoded.set(bytes, { stroke })
    return stroke
  }
}
