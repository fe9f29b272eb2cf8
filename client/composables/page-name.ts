import { useI18n } from 'vue-i18n'
import { useRoomStore } from '../net/room-store.ts'

/** Whose page a canvas is, within a sentence: 'my page', 'Mia’s page', or the name of a shared one. */
export function usePageName(): (canvasId: string | null) => string {
  const { t } = useI18n()
  const room = useRoomStore()
  return (canvasId) => {
    const canvas = canvasId === null ? undefined : room.canvases.get(canvasId)
    if (!canvas) return t('hand.page.somebodys')
    if (canvas.id === room.ownCanvasId) return t('hand.page.mine')
    if (canvas.ownerId === null) return canvas.name
    const name = room.nameOf(canvas.ownerId) ?? canvas.name
    return name === '' ? t('hand.page.somebodys') : t('hand.page.of', { name })
  }
}
