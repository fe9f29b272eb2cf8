import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { newId } from '../../../shared/ids/id.ts'
import type { DrawingInfo } from '../../../shared/protocol/entities.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { RoomStore } from '../../net/room-store.ts'
import type { InkPoints } from '../../ui/ink-path.ts'

/** An answer that takes longer than this, in ms, is worth a word. */
const PATIENCE_MS = 1_500

/** What labelling needs of the pad. */
export interface LabelPad {
  readonly strokes: Readonly<ShallowRef<readonly { readonly stroke: InkPoints }[]>>
  turnPage(): LabelTurn | null
}

interface LabelTurn {
  readonly pageId: string
  readonly strokeIds: string[]
  readonly stateVector: Uint8Array
  undoTurn(): 'current' | 'own' | 'gone'
}

/** A label on its way: `classId` null keeps the drawing for later. */
interface Attempt {
  readonly canvasId: string
  readonly classId: string | null
  readonly key: string
  readonly turn: LabelTurn
  readonly pad: LabelPad
}

export interface LabelFailure {
  readonly classId: string | null
  readonly error: AppError
}

/** What labelling needs of the room. */
export type LabelRoom = Pick<
  RoomStore,
  'online' | 'canLabel' | 'openCanvasId' | 'counts' | 'addDrawing' | 'deliver'
>

interface LabellingOptions {
  readonly room: LabelRoom
  readonly pad: () => LabelPad | null
  /** The drawing leaves the pad for its pile, null for the pile to sort. */
  readonly onFly: (strokes: readonly InkPoints[], classId: string | null) => void
  readonly onNothing: () => void
  /** No answer yet: the label is kept here until there is one. */
  readonly onKept: (classId: string | null) => void
  readonly onStored: (drawing: DrawingInfo) => void
}

interface Labelling {
  readonly failure: Readonly<ShallowRef<LabelFailure | null>>
  /** Labels the open page, or with null keeps it for later; turns the page at once. */
  label(classId: string | null): void
  retry(): void
  dismiss(): void
}

/** The life of a label: page turned, sent until it is answered, then stored or brought back. */
export function useLabelling({ room, pad, onFly, onNothing, onKept, onStored }: LabellingOptions): Labelling {
  const failure = shallowRef<LabelFailure | null>(null)
  let left = false
  onScopeDispose(() => {
    left = true
  })
  let failed: { readonly attempt: Attempt; readonly page: 'current' | 'own' | 'gone' } | null = null

  function begin(classId: string | null, key: string): Attempt | null {
    const on = pad()
    const canvasId = room.openCanvasId
    if (!on || canvasId === null) return null
    const strokes = on.strokes.value.map(({ stroke }) => stroke)
    const turn = strokes.length > 0 ? on.turnPage() : null
    if (!turn) return null
    onFly(strokes, classId)
    return { canvasId, classId, key, turn, pad: on }
  }

  async function send(attempt: Attempt): Promise<void> {
    const { canvasId, classId, key, turn } = attempt
    const { pageId, strokeIds, stateVector } = turn
    const page = { canvasId, pageId, strokeIds, stateVector, idempotencyKey: key }
    const slow = setTimeout(() => onKept(classId), room.online ? PATIENCE_MS : 0)
    try {
      const { drawing, counts } = await (classId === null
        ? room.deliver('drawing:keep', page)
        : room.deliver('drawing:label', { ...page, classId }))
      room.counts = counts
      room.addDrawing(drawing)
      onStored(drawing)
    } catch (cause) {
      if (left) return
      const error = cause instanceof AppError ? cause : new AppError('internal', undefined, { cause })
      failed = { attempt, page: turn.undoTurn() }
      failure.value = { classId, error }
    } finally {
      clearTimeout(slow)
    }
  }

  function label(classId: string | null): void {
    if (!room.canLabel) return
    const attempt = begin(classId, newId())
    if (!attempt) {
      onNothing()
      return
    }
    dismiss()
    void send(attempt)
  }

  function retry(): void {
    const last = failed
    if (!last) return
    dismiss()
    const { attempt, page } = last
    const here = attempt.pad === pad() && page === 'current'
    // The key stays: should the first try have been stored after all, this one answers the same.
    const again = here ? begin(attempt.classId, attempt.key) : attempt
    void send(again ?? attempt)
  }

  function dismiss(): void {
    failed = null
    failure.value = null
  }

  return { failure, label, retry, dismiss }
}
