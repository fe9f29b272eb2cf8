import { StoreError } from '../storage/store.ts'
import type { Room } from './room.ts'

/** What stopping or saving got done. */
export interface SaveReport {
  readonly saved: readonly string[]
  readonly unsaved: readonly { readonly what: string; readonly reason: string }[]
}

/** Something of a room that is saved; answers why it could not be, null when it was. */
interface Part {
  readonly what: string
  save(): Promise<unknown>
}

const RETRY_MS = 200

/** Saves what people drew in the rooms, and what was guessed of it, until all is stored or `deadlineMs` have passed. */
export function saveDrawn(rooms: readonly Room[], deadlineMs: number): Promise<SaveReport> {
  return saveParts(
    rooms.flatMap((room) => [
      {
        what: `the canvases of ${room.id}`,
        save: async () => {
          const left = await room.canvases.documents.flush()
          return left.length === 0
            ? null
            : left.map((one) => `${one.canvasId}: ${textOf(one.reason)}`).join(', ')
        },
      },
      {
        what: `the guesses of ${room.id}`,
        save: async () => ((await room.history.flush()) ? null : 'the store failed'),
      },
      {
        what: `the accuracy chart of ${room.id}`,
        save: async () => ((await room.accuracy.flush()) ? null : 'the store failed'),
      },
    ]),
    deadlineMs,
  )
}

/** Writes a checkpoint of each room's model that went on, until all are stored or `deadlineMs` have passed. */
export function saveModels(rooms: readonly Room[], deadlineMs: number): Promise<SaveReport> {
  return saveParts(
    rooms.map((room) => ({
      what: `the model of ${room.id}`,
      save: () => room.model.checkpointIfChanged('stop'),
    })),
    deadlineMs,
  )
}

/** Names what would be lost if the process ended now, as far as the main thread knows. */
export function unsavedOf(rooms: readonly Room[]): string[] {
  return rooms.flatMap((room) => {
    const canvases = room.canvases.documents.unsaved()
    return [
      ...(canvases.length > 0 ? [`the canvases of ${room.id} (${canvases.join(', ')})`] : []),
      ...(room.history.clean ? [] : [`the guesses of ${room.id}`]),
      ...(room.accuracy.clean ? [] : [`the accuracy chart of ${room.id}`]),
      ...(room.model.changed ? [`the model of ${room.id}`] : []),
    ]
  })
}

async function saveParts(parts: readonly Part[], deadlineMs: number): Promise<SaveReport> {
  const until = performance.now() + deadlineMs
  const saved: string[] = []
  const unsaved: { what: string; reason: string }[] = []
  await Promise.all(
    parts.map(async ({ what, save }) => {
      const reason = await withRetries(save, until)
      if (reason === null) saved.push(what)
      else unsaved.push({ what, reason: textOf(reason) })
    }),
  )
  return { saved, unsaved }
}

async function withRetries(save: Part['save'], until: number): Promise<unknown> {
  for (;;) {
    const reason = await atMost(save(), Math.max(0, until - performance.now()))
    if (reason === null || isForGood(reason) || until - performance.now() < RETRY_MS) return reason
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** A store that another server owns now takes nothing more, however often it is asked. */
function isForGood(reason: unknown): boolean {
  return reason instanceof StoreError && reason.code === 'locked'
}

async function atMost(saving: Promise<unknown>, ms: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('it took longer than there was time'), ms)
  })
  try {
    return await Promise.race([saving.catch((error: unknown) => error), late])
  } finally {
    clearTimeout(timer)
  }
}

function textOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
