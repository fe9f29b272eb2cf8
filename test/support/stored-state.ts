import * as Y from 'yjs'

/** Whether a canvas's stored state, as `canvas:saved?` answers it, has all that `doc` holds. */
export function isStored(
  { stateVector }: { readonly stateVector: ArrayLike<number> | ArrayBuffer },
  doc: Y.Doc,
): boolean {
  const stored = Y.decodeStateVector(new Uint8Array(stateVector))
  const here = Y.decodeStateVector(Y.encodeStateVector(doc))
  return [...here].every(([client, clock]) => (stored.get(client) ?? 0) >= clock)
}
