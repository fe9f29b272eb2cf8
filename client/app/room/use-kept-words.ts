import { computed, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useErrorText } from '../../composables/error-text.ts'
import { useToasts } from '../../composables/toasts.ts'
import type { CanvasPad } from '../../features/draw/canvas-pad.ts'
import { useRoomStore } from '../../net/room-store.ts'

/** Says what a person should know of what this device keeps for them: that it is full, cannot, or kept a label in vain. */
export function useKeptWords(pad: () => CanvasPad | null): void {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { show } = useToasts()
  const room = useRoomStore()

  const full = computed(() => pad()?.reason.value === 'device-full')
  watch(full, (is) => {
    if (is) show({ text: t('room.kept.full'), icon: 'warn' })
  })
  const fleeting = computed(() => !room.online && room.unkept + (pad()?.unkept.value ?? 0) > 0)
  watch(fleeting, (is) => {
    if (is && !full.value) show({ text: t('room.kept.memory'), icon: 'warn' })
  })
  watch(
    () => room.lost,
    (lost) => {
      if (!lost) return
      const { payload, error } = lost
      show({ text: t('room.kept.lost', { why: errorText(error) }), icon: 'warn' })
      if ('pageId' in payload && payload.canvasId === room.openCanvasId) pad()?.bringBack(payload.pageId)
    },
  )
}
