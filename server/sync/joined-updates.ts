import type { InspectedUpdate } from './inspect-update.ts'

/** The parts of one update as if it had been read in one. */
export function joined(parts: readonly InspectedUpdate[]): InspectedUpdate {
  const clients = new Map<number, { from: number; to: number }>()
  const deletions = new Map<number, { readonly clock: number; readonly len: number }[]>()
  for (const part of parts) {
    for (const [clientId, { from, to }] of part.clients) {
      const span = clients.get(clientId)
      clients.set(clientId, {
        from: Math.min(span?.from ?? from, from),
        to: Math.max(span?.to ?? to, to),
      })
    }
    for (const [clientId, ranges] of part.deletions) {
      deletions.set(clientId, [...(deletions.get(clientId) ?? []), ...ranges])
    }
  }
  return {
    clients,
    strokes: parts.flatMap(({ strokes }) => strokes),
    amendments: parts.flatMap(({ amendments }) => amendments),
    pages: parts.flatMap(({ pages }) => pages),
    deletions,
  }
}
