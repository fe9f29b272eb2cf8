import type { CanvasInfo, ProjectSettings, Role } from '../../shared/protocol/entities.ts'

/** Who asks, and in which project. */
export interface Asker {
  readonly userId: string
  readonly role: Role
  readonly settings: ProjectSettings
}

/*
 * What the page offers; the server decides. Nothing is shown that it would refuse.
 */

export function mayDraw(asker: Asker, canvas: CanvasInfo): boolean {
  if (asker.role === 'owner') return true
  if (asker.role === 'viewer') return false
  return canvas.ownerId === asker.userId || canvas.openTo === 'all'
}

/** `drewOnIt`: some of the ink on the page is the asker's, or there is none yet. */
export function mayLabel(asker: Asker, canvas: CanvasInfo, drewOnIt: boolean): boolean {
  if (asker.role === 'viewer') return false
  return canvas.ownerId === asker.userId || drewOnIt || mayManage(asker)
}

/** Making shared pages and sorting what was kept for later. */
export function mayTakePart(asker: Asker): boolean {
  return asker.role !== 'viewer'
}

/** Classes and training. */
export function mayManage(asker: Asker): boolean {
  return asker.role === 'owner' || (asker.role === 'editor' && asker.settings.editorsMayManage)
}

/** People's names and roles, join codes. */
export function mayManagePeople(asker: Asker): boolean {
  return asker.role === 'owner'
}
