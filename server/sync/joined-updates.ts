import type { InspectedUpdate } from './inspect-update.ts'

interface Range {
  readonly clock: number
  readonly len: number
}

/** The parts of one update as if it had been read in one. */
export function joined(parts: readonly InspectedUpdate[]): InspectedUpdate {
  const clients = new Map<number, { from: number; to: number }>()
  const deletions = new Map<number, Range[]>()
  for (const part of parts) {
    for (const [clientId, { from, to }] of part.clients) {
      const span = clients.get(clientId)
      clients.set(clientId, {
        from: Math.min(span?.from ?? from, from),
        to: Math.max(span?.to ?? to, to),
      })
    }
    for (const [clientId, ranges] of part.deletions) {
      const known = deletions.get(clientId) ?? []
      for (const range of ranges) known.push(range)
      deletions.set(clientId, known)
    }
  }
  return {
    clients,
    strokes: parts.flatMap(({ strokes }) => strokes),
    amendments: parts.flatMap(({ amendments }) => amendments),
    pages: parts.flatMap(({ pages }) => pages),
    long: parts.flatMap(({ long }) => long),
    deletions: new Map([...deletions].map(([clientId, ranges]) => [clientId, merged(ranges)])),
  }
}

/** In the order of their clocks, none touching another. */
function merged(ranges: readonly Range[]): Range[] {
  const apart: Range[] = []
  for (const { clock, len } of [...ranges].sort((a, b) => a.clock - b.clock)) {
    const last = apart.at(-1)
    if (!last || clock > last.clock + last.len) apart.push({ clock, len })
    else apart[apart.length - 1] = { clock: last.clock, len: Math.max(last.len, clock + len - last.clock) }
  }
  return apart
}
