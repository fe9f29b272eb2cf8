import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { may, type AccessContext } from '../../../server/rooms/permissions.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { Role } from '../../../shared/protocol/entities.ts'
import type { CommandInput, CommandName } from '../../../shared/protocol/payloads.ts'
import { defaultTrainingSettings } from '../../../shared/training/settings.ts'
import { Client, line } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

interface House {
  readonly people: Readonly<Record<Role, Client>>
  readonly projectId: string
  readonly canvasIds: Readonly<Record<'owner' | 'editor' | 'shared', string>>
  readonly classId: string
  readonly drawingId: string
}

let server: RoomServer
let house: House
beforeAll(async () => {
  server = await startRoomServer()
  house = await build()
})
afterAll(async () => {
  for (const client of Object.values(house.people)) client.leave()
  await server.stop()
})

async function configure(owner: Client, projectId: string, settings: object): Promise<void> {
  const reply = await fetch(`${server.url}/api/v1/projects/${projectId}`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      origin: server.url,
      authorization: `Bearer ${owner.token ?? ''}`,
    },
    body: JSON.stringify({ settings }),
  })
  expect(reply.ok).toBe(true)
}

async function build(): Promise<House> {
  const owner = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await owner.create('empty', ['cat'])
  const [editor, viewer] = [await Client.arrive(server.url, 'Ben'), await Client.arrive(server.url, 'Vic')]
  await editor.joinByCode(codes.editor)
  await viewer.joinByCode(codes.viewer)
  const room = await owner.join(project.id)
  const editors = await editor.join(project.id)
  await viewer.join(project.id)
  const shared = await owner.command('canvas:create', { name: 'All of us' })
  const canvas = await owner.canvas(project.id, room.you.canvasId ?? '').synced()
  canvas.draw(line([0, 0], [300, 300]))
  const classId = room.classes[0]?.id ?? ''
  const { drawing } = await owner.command('drawing:label', {
    canvasId: room.you.canvasId ?? '',
    pageId: canvas.pageId,
    classId,
    stateVector: canvas.stateVector,
    idempotencyKey: newId(),
  })
  const closed = owner.next('project:changed')
  await configure(owner, project.id, { ownCanvasOpenTo: 'owner' })
  await closed
  return {
    people: { owner, editor, viewer },
    projectId: project.id,
    canvasIds: { owner: room.you.canvasId ?? '', editor: editors.you.canvasId ?? '', shared: shared.id },
    classId,
    drawingId: drawing.id,
  }
}

type Cell<C extends CommandName> = readonly [
  command: C,
  payload: (house: House, actor: Client) => CommandInput<C>,
  context?: AccessContext,
]
function cell<C extends CommandName>(...row: Cell<C>): Cell<C> {
  return row
}

/** Commands that change nothing even when allowed: a right is shown by another error than `forbidden`. */
const cells = [
  cell('canvas:open', () => ({ canvasId: null })),
  cell('canvas:snapshot', () => ({ canvasIds: [] })),
  cell('canvas:saved?', ({ canvasIds }) => ({ canvasId: canvasIds.owner })),
  cell('canvas:create', () => ({ name: 'Another one' })),
  cell('drawing:to-sort', () => ({ limit: 1 })),
  cell('drawing:withdraw', ({ drawingId }) => ({ drawingId }), { mine: false }),
  cell('drawing:opine', ({ drawingId }) => ({ drawingId, classId: newId(), idempotencyKey: newId() }), {
    mine: false,
  }),
  cell('class:add', () => ({ name: 'cat' })),
  cell('class:rename', () => ({ classId: newId(), name: 'x' })),
  cell('class:remove', () => ({ classId: newId() })),
  cell('training:pause', () => ({})),
  cell('training:resume', () => ({})),
  cell('training:configure', () => defaultTrainingSettings),
  cell('checkpoint:save', () => ({})),
  cell('person:rename', (_house, actor) => ({ userId: actor.userId, name: 'Me' }), { mine: true }),
  cell('person:rename', ({ people }) => ({ userId: people.viewer.userId, name: 'You' }), {}),
  cell('person:role', () => ({ userId: newId(), role: 'editor' })),
  cell('person:remove', () => ({ userId: newId() })),
] as const

const allRoles: readonly Role[] = ['viewer', 'editor', 'owner']

describe('who may what, over Socket.IO', () => {
  for (const [command, payload, context = {}] of cells) {
    for (const role of allRoles) {
      const isSelf = command === 'person:rename' && context.mine !== true && role === 'viewer'
      if (isSelf) continue
      const allowed = may(role, command, { ...context, editorsMayManage: false })
      it(`[PERM-SOCKET] ${role} ${allowed ? 'may' : 'may not'} ${command}${context.mine ? ' (mine)' : ''}`, async () => {
        const actor = house.people[role]
        const input = (payload as (house: House, actor: Client) => CommandInput<CommandName>)(house, actor)
        const code = await actor.refusal(command, input as never)
        if (allowed) expect(code).not.toBe('forbidden')
        else expect(code).toBe('forbidden')
      })
    }
  }

  it('[PERM-SOCKET] a team setting lets editors do what owners do with classes, labels and training', async () => {
    const { editor, owner } = house.people
    const changed = editor.next('project:changed')
    await configure(owner, house.projectId, { editorsMayManage: true })
    expect((await changed).settings.editorsMayManage).toBe(true)
    expect(await editor.refusal('training:pause', {})).toBe('ok')
    expect(await editor.refusal('class:remove', { classId: newId() })).toBe('unknown-class')
    expect(await editor.refusal('checkpoint:save', {})).toBe('forbidden')
  })
})

describe('who may draw on what, over Yjs', () => {
  for (const role of allRoles) {
    for (const place of ['owner', 'editor', 'shared'] as const) {
      const context = {
        mine: role === place,
        openTo: place === 'shared' ? ('all' as const) : ('owner' as const),
      }
      const allowed = may(role, 'canvas:draw', context)
      it(`[PERM-YJS] ${role} ${allowed ? 'draws' : 'draws nothing'} on the ${place} canvas`, async () => {
        const actor = house.people[role]
        const canvasId = house.canvasIds[place]
        const { canvases } = await house.people.owner.join(house.projectId)
        expect(canvases.find(({ id }) => id === canvasId)?.openTo).toBe(context.openTo)
        const canvas = await actor.canvas(house.projectId, canvasId).synced()
        const watched = await house.people.owner.canvas(house.projectId, canvasId).synced()
        const drawn = canvas.draw(line([0, 0], [99, 99]))
        const mark = watched.draw(line([0, 0], [50, 50]))
        await vi.waitFor(() => expect(canvas.strokes()).toContain(mark))
        const { snapshots } = await actor.command('canvas:snapshot', { canvasIds: [canvasId] })
        const ids = snapshots[0]?.strokes.map(({ id }) => id)
        expect(ids?.includes(drawn)).toBe(allowed)
      })
    }
  }
})
