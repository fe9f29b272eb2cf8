import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Person } from '../../../shared/protocol/entities.ts'
import { useRoomStore } from '../../net/room-store.ts'

interface PadWords {
  readonly title: ComputedRef<string>
  /** Who has the open page open, me included. */
  readonly here: ComputedRef<readonly Person[]>
  readonly company: ComputedRef<string>
}

/** Whose page is open and who is on it, in words. */
export function usePadWords(): PadWords {
  const { t } = useI18n()
  const room = useRoomStore()

  const title = computed(() => {
    const canvas = room.openCanvas
    if (!canvas) return ''
    if (canvas.id === room.ownCanvasId) return t('room.page.mine')
    if (canvas.ownerId === null) return canvas.name
    return t('room.page.of', { name: room.people.get(canvas.ownerId)?.name ?? canvas.name })
  })
  const here = computed(() => room.peopleHere.filter((person) => person.canvasId === room.openCanvasId))
  const company = computed(() => {
    const others = here.value.filter((person) => person.id !== room.me?.id)
    if (!room.canDraw && room.rest === null) return t('room.page.watching')
    if (others.length === 0) return ''
    const one = others.length === 1 ? others[0] : undefined
    return one ? t('room.page.one', { name: one.name }) : t('room.page.together')
  })
  return { title, here, company }
}
