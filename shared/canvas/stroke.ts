/**
 * One pen stroke in page pixels. `pressures` are in 0..1, `times` in ms since `at`; each is null where the
 * device gave none. All arrays have the same length, at least 1.
 */
export interface Stroke {
  /** Epoch ms at which the pen went down, by the drawer's clock: orders the strokes of a page. */
  readonly at: number
  readonly xs: Float32Array
  readonly ys: Float32Array
  readonly pressures: Float32Array | null
  readonly times: Float32Array | null
}

/** A stroke under its identifier, as a page holds it. */
export interface IdentifiedStroke {
  readonly id: string
  readonly stroke: Stroke
}
