import { z } from 'zod'
import { backupKinds } from './kinds.ts'

const count = z.int().min(0)

export const restoreReportSchema = z.object({
  createdAt: z.number(),
  program: z.string(),
  store: z.string(),
  counts: z.record(z.enum(backupKinds), count),
  dropped: z.partialRecord(z.enum(backupKinds), count),
  sha256: z.string(),
  bytes: count,
})

/** How far the newest restore of a server has come. */
export const restoreStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  /** `done` of `of` bytes of the file. */
  z.object({ state: z.enum(['checking', 'staging']), done: count, of: count }),
  /** Everybody is let go, and the server opens what the store holds now. */
  z.object({ state: z.literal('restarting') }),
  z.object({ state: z.literal('done'), report: restoreReportSchema }),
  z.object({ state: z.literal('failed'), reason: z.string() }),
])
export type RestoreState = z.infer<typeof restoreStateSchema>
