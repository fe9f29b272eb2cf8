import type { Role } from '../../shared/protocol/entities.ts'
import type { CommandName } from '../../shared/protocol/payloads.ts'

/** Everything a role decides: the commands of a room under their own names, and what REST and canvases add. */
export type Action =
  | Exclude<CommandName, 'room:leave' | 'scratch:open' | 'scratch:set'>
  | 'room:watch'
  | 'canvas:draw'
  | 'ink:send'
  | 'project:read'
  | 'project:update'
  | 'project:delete'
  | 'codes:read-editor'
  | 'codes:read-viewer'
  | 'codes:change'
  | 'owner-link:change'

/** What an action is done to; what is left out counts as the stricter case. */
export interface AccessContext {
  /** The canvas or person is the actor's own, or the actor drew (part of) the drawing. */
  readonly mine?: boolean
  /** Who may draw on the canvas besides its owner and the project's owners. */
  readonly openTo?: 'all' | 'owner'
  /** The drawing waits in the To sort pile. */
  readonly toSort?: boolean
  /** The project's setting: editors may do what owners do with classes, labels and training. */
  readonly editorsMayManage?: boolean
}

/** The least a role needs beyond being an owner, who may do everything. */
type Rule = 'viewer' | 'editor' | 'owner' | 'manager' | 'self' | 'own-canvas' | 'own-drawing' | 'sorting'

/** The table of who may what; docs/SPEC.md shows it and the tests walk every cell of it. */
export const rules: Readonly<Record<Action, Rule>> = {
  'room:join': 'viewer',
  'room:watch': 'viewer',
  'canvas:open': 'viewer',
  'canvas:snapshot': 'viewer',
  'canvas:saved?': 'viewer',
  'project:read': 'viewer',
  'tiles:watch': 'viewer',
  'person:idle': 'viewer',
  'canvas:create': 'editor',
  'canvas:draw': 'own-canvas',
  'ink:send': 'own-canvas',
  'drawing:label': 'own-drawing',
  'drawing:keep': 'own-drawing',
  'drawing:withdraw': 'own-drawing',
  'drawing:opine': 'sorting',
  'drawing:to-sort': 'editor',
  'drawing:list': 'editor',
  'drawing:delete': 'own-drawing',
  'person:delete-drawings': 'self',
  'deletions:list': 'editor',
  'history:list': 'editor',
  'class:add': 'manager',
  'class:rename': 'manager',
  'class:remove': 'manager',
  'training:pause': 'manager',
  'training:resume': 'manager',
  'training:configure': 'manager',
  'training:now': 'manager',
  'training:job-start': 'manager',
  'training:job-stop': 'manager',
  'training:job-decide': 'manager',
  'checkpoint:save': 'owner',
  'checkpoint:list': 'editor',
  'checkpoint:compare': 'editor',
  'checkpoint:edit': 'manager',
  'checkpoint:restore': 'manager',
  'checkpoint:delete': 'manager',
  'person:rename': 'self',
  'person:role': 'owner',
  'person:remove': 'owner',
  'person:admit': 'owner',
  'drawing:remove': 'owner',
  'drawing:restore': 'owner',
  'hand:freeze': 'owner',
  'hand:lock-labels': 'owner',
  'hand:hide-names': 'owner',
  'hand:lobby': 'owner',
  'hand:spotlight': 'owner',
  'hand:follow': 'owner',
  'hand:end': 'owner',
  'project:update': 'owner',
  'project:delete': 'owner',
  'codes:read-editor': 'editor',
  'codes:read-viewer': 'owner',
  'codes:change': 'owner',
  'owner-link:change': 'owner',
}

/** Whether a member in this role may do it; `null` is somebody who is no member and may do nothing. */
export function may(role: Role | null, action: Action, context: AccessContext = {}): boolean {
  if (role === null) return false
  if (role === 'owner') return true
  const rule = rules[action]
  if (rule === 'viewer') return true
  if (rule === 'self') return context.mine === true
  if (role === 'viewer') return false
  const manages = context.editorsMayManage === true
  switch (rule) {
    case 'editor':
      return true
    case 'manager':
      return manages
    case 'own-canvas':
      return context.mine === true || context.openTo === 'all'
    case 'own-drawing':
      return context.mine === true || manages
    case 'sorting':
      return context.mine === true || context.toSort === true || manages
    case 'owner':
      return false
  }
}
