import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CanvasInfo } from '../../../shared/protocol/entities.ts'
import type { RoomSocket } from '../../net/socket.ts'
import { CanvasPad } from './canvas-pad.ts'

export interface UseCanvasDocOptions {
  readonly projectId: string
  /** The open canvas; a change of its id or generation closes the one before. */
  readonly canvas: Readonly<Ref<CanvasInfo | null>>
  readonly token: string
  readonly socket: RoomSocket
  /** My own user id. */
  readonly userId: string
  /** Whether I may draw on the open canvas. */
  readonly canDraw: Readonly<Ref<boolean>>
  /** Whether I may draw on some canvas of the room, once the room was joined; none by default. */
  readonly mayDraw?: (canvasId: string) => boolean
  /** True once the room was joined, false again while it is not. */
  readonly joined?: Readonly<Ref<boolean>>
  readonly window?: Window
}

export interface UseCanvasDocReturn {
  /** The open canvas as a pad draws it, null while none is open. */
  readonly model: Readonly<ShallowRef<CanvasPad | null>>
}

/** Opens the canvas of a room, with all that comes over both sockets, and closes it with the scope. */
export function useCanvasDoc(options: UseCanvasDocOptions): UseCanvasDocReturn {
  const { projectId, canvas, token, socket, userId, canDraw, window: host = window } = options
  const model = shallowRef<CanvasPad | null>(null)
  const origin = `${host.location.protocol === 'https:' ? 'wss:' : 'ws:'}//${host.location.host}`
  const { mayDraw = () => false, joined } = options
  let bringing: AbortController | null = null

  watch(
    () => (canvas.value ? `${canvas.value.id}.${String(canvas.value.generation)}` : null),
    () => {
      model.value?.close()
      const open = canvas.value
      model.value = open
        ? new CanvasPad({
            projectId,
            canvasId: open.id,
            generation: open.generation,
            token,
            socket,
            userId,
            canDraw,
            origin,
          })
        : null
    },
    { immediate: true },
  )

  /** What was drawn on other pages while away, and left behind by a reload or by opening another page. */
  async function bringLeft(): Promise<void> {
    bringing?.abort()
    const { signal } = (bringing = new AbortController())
    try {
      const { bringLeftBehind } = await import('../../net/left-behind.ts')
      const openCanvasId = (): string | null => canvas.value?.id ?? null
      await bringLeftBehind({ projectId, userId, token, socket, origin, openCanvasId, mayDraw, signal })
    } catch {
      // The browser could not fetch this part of the page; what is kept stays kept for the next time.
    }
  }
  if (joined) watch(joined, (is) => void (is && bringLeft()), { immediate: true })

  onScopeDispose(() => {
    bringing?.abort()
    model.value?.close()
  })
  return { model }
}
