import { describe, expect, test } from 'vitest'
import { may, rules, type AccessContext, type Action } from '../../../server/rooms/permissions.ts'
import { roles } from '../../../shared/protocol/entities.ts'

interface Row {
  readonly actions: readonly Action[]
  readonly context?: AccessContext
  /** In the order viewer, editor, owner. */
  readonly allowed: readonly [boolean, boolean, boolean]
}

const everybody: Row['allowed'] = [true, true, true]
const editors: Row['allowed'] = [false, true, true]
const owners: Row['allowed'] = [false, false, true]
const managed: Action[] = [
  'class:add',
  'class:rename',
  'class:remove',
  'training:pause',
  'training:resume',
  'training:configure',
  'training:now',
  'training:job-start',
  'training:job-stop',
  'training:job-decide',
  'checkpoint:edit',
  'checkpoint:restore',
  'checkpoint:delete',
]
const drawn: Action[] = ['drawing:label', 'drawing:keep', 'drawing:withdraw', 'drawing:delete']

const table: Row[] = [
  {
    actions: [
      'room:join',
      'room:watch',
      'canvas:open',
      'canvas:snapshot',
      'canvas:saved?',
      'tiles:watch',
      'person:idle',
      'project:read',
    ],
    allowed: everybody,
  },
  {
    actions: [
      'canvas:create',
      'drawing:to-sort',
      'drawing:list',
      'deletions:list',
      'history:list',
      'codes:read-editor',
      'checkpoint:list',
      'checkpoint:compare',
    ],
    allowed: editors,
  },
  { actions: ['canvas:draw', 'ink:send'], allowed: owners },
  { actions: ['canvas:draw', 'ink:send'], context: { openTo: 'owner' }, allowed: owners },
  { actions: ['canvas:draw', 'ink:send'], context: { openTo: 'all' }, allowed: editors },
  { actions: ['canvas:draw', 'ink:send'], context: { mine: true, openTo: 'owner' }, allowed: editors },
  { actions: drawn, allowed: owners },
  { actions: drawn, context: { mine: true }, allowed: editors },
  { actions: drawn, context: { editorsMayManage: true }, allowed: editors },
  { actions: ['drawing:opine'], allowed: owners },
  { actions: ['drawing:opine'], context: { toSort: true }, allowed: editors },
  { actions: ['drawing:opine'], context: { mine: true }, allowed: editors },
  { actions: ['drawing:opine'], context: { editorsMayManage: true }, allowed: editors },
  { actions: managed, allowed: owners },
  { actions: managed, context: { editorsMayManage: true }, allowed: editors },
  { actions: ['person:rename', 'person:delete-drawings'], allowed: owners },
  { actions: ['person:rename', 'person:delete-drawings'], context: { mine: true }, allowed: everybody },
  {
    actions: [
      'checkpoint:save',
      'person:role',
      'person:remove',
      'person:admit',
      'drawing:remove',
      'drawing:restore',
      'hand:freeze',
      'hand:lock-labels',
      'hand:hide-names',
      'hand:lobby',
      'hand:spotlight',
      'hand:follow',
      'hand:end',
      'project:update',
      'project:delete',
      'codes:read-viewer',
      'codes:change',
      'owner-link:change',
    ],
    context: { mine: true, openTo: 'all', toSort: true, editorsMayManage: true },
    allowed: owners,
  },
]

describe('who may what', () => {
  for (const { actions, context = {}, allowed } of table)
    for (const action of actions)
      for (const [index, role] of roles.entries())
        test(`[ACCESS-1] ${role} ${allowed[index] ? 'may' : 'may not'} ${action} ${JSON.stringify(context)}`, () => {
          expect(may(role, action, context)).toBe(allowed[index])
        })

  test('[ACCESS-1] the table has a row for every action', () => {
    const named = new Set(table.flatMap(({ actions }) => actions))
    expect(Object.keys(rules).filter((action) => !named.has(action as Action))).toEqual([])
  })

  test('[ACCESS-2] who is no member may do nothing', () => {
    const context = { mine: true, openTo: 'all', toSort: true, editorsMayManage: true } as const
    for (const action of Object.keys(rules)) expect(may(null, action as Action, context)).toBe(false)
  })
})
