/** A page size as asked for, within 1 to `most`. */
export function limited(limit: number, most: number): number {
  return Math.min(most, Math.max(1, Math.floor(limit)))
}
