import { useI18n } from 'vue-i18n'
import type { Activity } from '../../../shared/protocol/entities.ts'
import { usePageName } from '../../composables/page-name.ts'
import { useRoomStore } from '../../net/room-store.ts'

const MINUTE_MS = 60_000

/** What was done, in a sentence, and how long ago. */
export function useActivityWords(): {
  readonly sentence: (entry: Activity) => string
  readonly ago: (at: number, now: number) => string
} {
  const { t } = useI18n()
  const room = useRoomStore()
  const pageName = usePageName()

  function sentence({ kind, byUserId, userId, canvasId, what }: Activity): string {
    const me = room.me?.id
    const who = byUserId === me ? t('hand.lately.you') : (nameOf(byUserId) ?? t('hand.lately.somebody'))
    const whom =
      userId === me ? t('hand.lately.youObject') : (nameOf(userId) ?? what ?? t('hand.lately.somebodyObject'))
    const ofPage = (kind === 'frozen' || kind === 'unfrozen') && canvasId !== null
    const key = ofPage ? `hand.lately.${kind}Page` : `hand.lately.${kind}`
    const given = kind === 'role-changed' && what !== null ? t(`room.role.${what}`) : (what ?? '')
    return t(key, { who, whom, page: pageOf(canvasId, byUserId), what: given })
  }

  function nameOf(userId: string | null): string | null {
    return userId === null ? null : (room.nameOf(userId) ?? null)
  }

  function pageOf(canvasId: string | null, byUserId: string | null): string {
    if (canvasId !== null && canvasId === room.ownCanvasId) return t('hand.page.yours')
    const ownerId = canvasId === null ? null : room.canvases.get(canvasId)?.ownerId
    return ownerId === byUserId ? t('hand.page.own') : pageName(canvasId)
  }

  function ago(at: number, now: number): string {
    const minutes = Math.floor((now - at) / MINUTE_MS)
    if (minutes < 1) return t('hand.lately.now')
    if (minutes < 60) return t('hand.lately.minutes', { n: minutes })
    return t('hand.lately.hours', { n: Math.floor(minutes / 60) })
  }

  return { sentence, ago }
}
