import { shallowRef, type Ref } from 'vue'
import { CanvasLink, type CanvasLinkOptions } from './canvas-link.ts'
import { localDb, roomKey, type KeptCanvas } from './local-db.ts'

/** A canvas that is not through after so long, in ms, waits for the next time. */
const PATIENCE_MS = 20_000

export interface LeftBehindOptions extends Pick<
  CanvasLinkOptions,
  'projectId' | 'userId' | 'token' | 'socket' | 'origin' | 'WebSocket'
> {
  /** The canvas on the pad, which takes care of itself. */
  readonly openCanvasId: () => string | null
  /** Whether I may draw on a canvas at the moment; what waits for one where I may not, goes on waiting. */
  readonly mayDraw: (canvasId: string) => boolean
  readonly signal: AbortSignal
}

/**
 * Brings to the server what this device kept of canvases that are not open, one after the other, each for as long as
 * it takes to be stored. What is refused, or does not get through, goes on being kept. Answers how many got through.
 */
export async function bringLeftBehind(options: LeftBehindOptions): Promise<number> {
  let brought = 0
  for (const kept of await unsavedCanvases(roomKey(options.userId, options.projectId))) {
    if (options.signal.aborted) break
    if (kept.canvasId === options.openCanvasId() || !options.mayDraw(kept.canvasId)) continue
    if (await bring(kept, options)) brought++
  }
  return brought
}

async function unsavedCanvases(room: string): Promise<readonly KeptCanvas[]> {
  try {
    const db = await localDb()
    const kept = (await db?.getAllFromIndex('canvases', 'room', room)) ?? []
    return kept.filter(({ unsaved }) => unsaved > 0)
  } catch {
    return []
  }
}

/** Answers whether the server has stored all of it. */
async function bring({ canvasId, generation }: KeptCanvas, options: LeftBehindOptions): Promise<boolean> {
  const { signal } = options
  const canDraw: Ref<boolean> = shallowRef(true)
  let link: CanvasLink | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let settle: (through: boolean) => void = () => undefined
  const settled = new Promise<boolean>((resolve) => (settle = resolve))
  const stop = (): void => settle(false)
  const look = (): void => {
    if (!link) return
    const { kind } = link.state
    if (kind === 'refused' || kind === 'ended' || canvasId === options.openCanvasId()) stop()
    else if (kind === 'live' && link.unsavedCount === 0) settle(true)
  }
  signal.addEventListener('abort', stop)
  try {
    timer = setTimeout(stop, PATIENCE_MS)
    link = new CanvasLink({ ...options, canvasId, generation, canDraw, maxRefusals: 1, onChange: look })
    look()
    return await settled
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    link?.close()
  }
}
