import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { CanvasInfo } from '../../../shared/protocol/entities.ts'
import type { RoomSocket } from '../../net/socket.ts'
import { CanvasPad } from './canvas-pad.ts'
import type { PadModel } from './pad-model.ts'

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
  readonly window?: Window
}

export interface UseCanvasDocReturn {
  /** The open canvas as a pad draws it, null while none is open. */
  readonly model: Readonly<ShallowRef<PadModel | null>>
}

/** Opens the canvas of a room, with all that comes over both sockets, and closes it with the scope. */
export function useCanvasDoc(options: UseCanvasDocOptions): UseCanvasDocReturn {
  const { projectId, canvas, token, socket, userId, canDraw, window: host = window } = options
  const model = shallowRef<CanvasPad | null>(null)

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
            origin: `${host.location.protocol === 'https:' ? 'wss:' : 'ws:'}//${host.location.host}`,
          })
        : null
    },
    { immediate: true },
  )
  onScopeDispose(() => model.value?.close())
  return { model }
}
