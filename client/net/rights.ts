import type { CanvasInfo, Hand, ProjectSettings, Role } from '../../shared/protocol/entities.ts'

/** Who asks, and in which project. */
export interface Asker {
  readonly userId: string
  readonly role: Role
  readonly settings: ProjectSettings
}

/*
 * What the page offers; the server decides. Nothing is shown that it would refuse.
 */

/** Whether the page is one that the asker draws on, were no pen resting. */
export function hasPen(asker: Asker, canvas: CanvasInfo): boolean {
  if (asker.role === 'owner') return true
  if (asker.role === 'viewer') return false
  return canvas.ownerId === asker.userId || canvas.openTo === 'all'
}

/** Which rest holds on a canvas: that of the whole room before that of the page alone. */
export function restOf(hand: Hand, canvasId: string): 'all' | 'page' | null {
  if (hand.frozenAll) return 'all'
  return hand.frozenCanvasIds.includes(canvasId) ? 'page' : null
}

export function mayDraw(asker: Asker, canvas: CanvasInfo, hand: Hand): boolean {
  return hasPen(asker, canvas) && (asker.role === 'owner' || restOf(hand, canvas.id) === null)
}

/** `drewOnIt`: some of the ink on the page is the asker's, or there is none yet. */
export function mayLabel(asker: Asker, canvas: CanvasInfo, drewOnIt: boolean, hand: Hand): boolean {
  if (asker.role === 'viewer' || (hand.labelsLocked && asker.role !== 'owner')) return false
  return canvas.ownerId === asker.userId || drewOnIt || mayManage(asker)
}

/** Making shared pages and sorting what was kept for later. */
export function mayTakePart(asker: Asker): boolean {
  return asker.role !== 'viewer'
}

/** Opinions on what was kept for later. */
export function maySort(asker: Asker, hand: Hand): boolean {
  return mayTakePart(asker) && (asker.role === 'owner' || !hand.labelsLocked)
}

/** Classes and training. */
export function mayManage(asker: Asker): boolean {
  return asker.role === 'owner' || (asker.role === 'editor' && asker.settings.editorsMayManage)
}

/** People's names and roles, join codes, the teacher's hand. */
export function mayManagePeople(asker: Asker): boolean {
  return asker.role === 'owner'
}
