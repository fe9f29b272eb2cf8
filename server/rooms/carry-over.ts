import * as Y from 'yjs'
import { fromBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import { MAX_CANVAS_BYTES, MAX_STROKE_BYTES } from '../../shared/canvas/limits.ts'
import { appendPage, origins } from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import { AppError } from '../../shared/protocol/errors.ts'

/** A document's first update and the Yjs client id that wrote it. */
export interface FirstUpdate {
  readonly update: Uint8Array
  readonly clientId: number
}

/**
 * A canvas document whose one page holds the given strokes (encodeStroke bytes as base64, by id).
 * @throws AppError naming the stroke that is none
 */
export function carryOver(strokes: readonly { readonly id: string; readonly base64: string }[]): FirstUpdate {
  const bytesById = new Map<string, Uint8Array>()
  strokes.forEach(({ id, base64 }, index) => {
    if (bytesById.has(id))
      throw new AppError('invalid', `the stroke ${id} comes twice`, { path: `strokes.${String(index)}.id` })
    bytesById.set(id, checked(base64, `strokes.${String(index)}.base64`))
  })
  const doc = new Y.Doc()
  doc.transact(() => {
    appendPage(doc, newId(), bytesById)
  }, origins.server)
  const update = Y.encodeStateAsUpdate(doc)
  const { clientID: clientId } = doc
  doc.destroy()
  if (update.byteLength > MAX_CANVAS_BYTES)
    throw new AppError('too-large', `a canvas holds at most ${String(MAX_CANVAS_BYTES)} bytes`, {
      path: 'strokes',
    })
  return { update, clientId }
}

function checked(base64: string, path: string): Uint8Array {
  const bytes = fromBase64(base64)
  if (bytes.byteLength > MAX_STROKE_BYTES)
    throw new AppError('too-large', `a stroke has at most ${String(MAX_STROKE_BYTES)} bytes`, { path })
  try {
    decodeStroke(bytes)
    return bytes
  } catch (cause) {
    if (!(cause instanceof StrokeCodecError)) throw cause
    throw new AppError('invalid', cause.message, { path, cause })
  }
}
