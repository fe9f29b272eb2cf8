import { onScopeDispose, reactive, shallowRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Activity } from '../../../shared/protocol/entities.ts'
import { useToasts } from '../../composables/toasts.ts'
import { useLead, type UseLeadReturn } from '../../features/hand/use-lead.ts'
import { useRoomStore } from '../../net/room-store.ts'
import type { RoomSocket } from '../../net/socket.ts'
import { newsFor } from './news-for.ts'

interface TileMenuPlace {
  open: boolean
  canvasId: string
  anchor: HTMLElement
}

interface RoomHandOptions {
  readonly socket: Pick<RoomSocket, 'on'>
  readonly open: (canvasId: string) => void
}

interface RoomHand {
  readonly guide: UseLeadReturn
  /** Where the menu of the tiles stands; null before it is opened first. */
  readonly menuAt: Readonly<ShallowRef<TileMenuPlace | null>>
  readonly openMenu: (canvasId: string, anchor: HTMLElement) => void
}

/** What the hand does to this page: the pad goes along, hidden people get their animals, news come as toasts. */
export function useRoomHand({ socket, open }: RoomHandOptions): RoomHand {
  const { t } = useI18n()
  const room = useRoomStore()
  const { show } = useToasts()

  room.sayAnimals((animal, place) => {
    const word = t(`hand.animals.${animal}`)
    return place === 1 ? word : t('hand.animalAgain', { animal: word, n: place })
  })

  const guide = useLead({
    hand: () => room.hand,
    people: room.people,
    myId: () => room.me?.id ?? null,
    openCanvasId: () => room.openCanvasId,
    open,
  })

  function tell(entry: Activity): void {
    const news = newsFor(entry, { myId: room.me?.id ?? '', myCanvasId: room.ownCanvasId })
    if (!news) return
    const { byUserId } = entry
    const who = (byUserId === null ? null : room.nameOf(byUserId)) ?? t('hand.lately.somebody')
    show({ icon: news.icon, text: t(news.key, { who }) })
  }
  onScopeDispose(socket.on('activity:added', tell))

  const menuAt = shallowRef<TileMenuPlace | null>(null)
  return {
    guide,
    menuAt,
    openMenu(canvasId, anchor) {
      menuAt.value = reactive({ open: true, canvasId, anchor })
    },
  }
}
