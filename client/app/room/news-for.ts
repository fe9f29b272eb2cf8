import type { Activity } from '../../../shared/protocol/entities.ts'
import type { IconName } from '../../ui/icons.ts'

interface News {
  readonly key: string
  readonly icon: IconName
}

/** The words with which somebody is told of what others did to them; null for what does not concern them. */
export function newsFor(
  { kind, byUserId, userId, canvasId, what }: Activity,
  { myId, myCanvasId }: { readonly myId: string; readonly myCanvasId: string | null },
): News | null {
  if (byUserId === myId) return null
  const onMyPage = canvasId !== null && canvasId === myCanvasId
  if (kind === 'drawing-removed' && onMyPage) return { key: 'hand.news.removed', icon: 'trash' }
  if (kind === 'drawing-restored' && onMyPage) return { key: 'hand.news.restored', icon: 'undo' }
  if (kind !== 'role-changed' || userId !== myId) return null
  if (what === 'owner') return { key: 'hand.news.roleOwner', icon: 'key' }
  if (what === 'viewer') return { key: 'hand.news.roleViewer', icon: 'eye' }
  return { key: 'hand.news.roleEditor', icon: 'pen' }
}
