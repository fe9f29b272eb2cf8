import * as Y from 'yjs'
import { origins } from '../../shared/canvas/schema.ts'
import type { CanvasLog } from '../storage/records.ts'
import { PART_BYTES, splitUpdate } from './split-update.ts'

/** Applies what the store holds of a canvas to an empty document, in steps that are short whatever its size. */
export function* applyStored(doc: Y.Doc, { snapshot, updates }: CanvasLog): Generator<void, void> {
  const known = (client: number): number => Y.getState(doc.store, client)
  for (const update of snapshot ? [snapshot, ...updates] : updates) {
    const parts = update.byteLength > PART_BYTES ? yield* splitUpdate(update, known) : [update]
    for (const part of parts) {
      Y.applyUpdate(doc, part, origins.load)
      yield
    }
  }
}
