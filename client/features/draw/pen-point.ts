/** A point of the pen: page pixels, `time` in epoch ms, `pressure` 0..1 or null where the device gives none. */
export interface PenPoint {
  readonly x: number
  readonly y: number
  readonly time: number
  readonly pressure: number | null
}
