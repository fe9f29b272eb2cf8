import { z } from 'zod'

const count = z.number().int().nonnegative()

/** `Share` as a checkpoint holds it. */
export const shareSchema = z.object({
  right: count,
  of: count,
  share: z.number(),
  low: z.number(),
  high: z.number(),
})

/** `Accuracy` as a checkpoint holds it. */
export const accuracySchema = z.object({ ...shareSchema.shape, kind: z.enum(['test', 'prequential']) })
