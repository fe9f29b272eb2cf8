import type { Room } from './room.ts'

/** What stopping or saving got done. */
export interface StopReport {
  readonly saved: readonly string[]
  readonly unsaved: readonly { readonly what: string; readonly reason: string }[]
}

const RETRY_MS = 200

/** Saves what the rooms hold, trying again until all of it is stored or `deadlineMs` have passed. */
export async function saveRooms(rooms: readonly Room[], deadlineMs: number): Promise<StopReport> {
  const until = Date.now() + deadlineMs
  const saved: string[] = []
  const unsaved: { what: string; reason: string }[] = []
  const keep = async (what: string, save: () => Promise<string | null>): Promise<void> => {
    const reason = await withRetries(save, until)
    if (reason === null) saved.push(what)
    else unsaved.push({ what, reason })
  }
  await Promise.all(
    rooms.flatMap((room) => [
      keep(`the canvases of ${room.id}`, async () => {
        const left = await room.canvases.documents.flush()
        return left.length === 0
          ? null
          : left.map((one) => `${one.canvasId}: ${textOf(one.reason)}`).join(', ')
      }),
      keep(`the guesses of ${room.id}`, async () =>
        (await room.history.flush()) ? null : 'the store failed',
      ),
      keep(`the model of ${room.id}`, async () => {
        const reason = await room.model.checkpointIfChanged('stop')
        return reason === null ? null : textOf(reason)
      }),
    ]),
  )
  return { saved, unsaved }
}

async function withRetries(save: () => Promise<string | null>, until: number): Promise<string | null> {
  for (;;) {
    const left = until - Date.now()
    const reason = await atMost(save(), Math.max(0, left))
    if (reason === null) return null
    if (until - Date.now() < RETRY_MS) return reason
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

async function atMost(saving: Promise<string | null>, ms: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('it took longer than there was time'), ms)
  })
  try {
    return await Promise.race([saving.catch(textOf), late])
  } finally {
    clearTimeout(timer)
  }
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
