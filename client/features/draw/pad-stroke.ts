import type { IdentifiedStroke } from '../../../shared/canvas/stroke.ts'

/** A finished stroke of the current page, or a piece of one that was cut. */
export interface PadStroke extends IdentifiedStroke {
  /** The stroke it is a piece of, or is. */
  readonly strokeId: string
  /** Who drew it, null where that is not known here. */
  readonly userId: string | null
  /** `performance.now()` at which another person's stroke arrived; null for one's own and for those of the first load: they are dry. */
  readonly committedAt: number | null
}
