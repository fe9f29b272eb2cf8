import { currentPage } from '../../shared/canvas/schema.ts'
import { newId } from '../../shared/ids/id.ts'
import { decodeRoomInk } from '../../shared/protocol/ink.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { line, type Client } from '../support/clients.ts'
import { ask, type Answer, type Asked } from '../support/http.ts'
import type { House } from '../support/permission-house.ts'
import type { RightName, Transport } from './permissions-table.ts'

export interface Probe {
  readonly over: Transport
  readonly name: string
  /** Prepares the house while the actor is an editor; what it answers tries the right and tells whether it was there. */
  readonly prepare: (house: House) => Promise<() => Promise<boolean>>
}

type Place = keyof House['canvasIds']

function command<C extends CommandName>(
  name: C,
  prepare: (house: House) => CommandInput<C> | Promise<CommandInput<C>>,
): Probe {
  return {
    over: 'Socket.IO',
    name,
    async prepare(house) {
      const payload = await prepare(house)
      return async () => {
        const code = await house.actor.refusal(name, payload)
        if (code !== 'ok' && code !== 'forbidden') throw new Error(`${name} was answered with ${code}`)
        return code === 'ok'
      }
    },
  }
}

function rest(name: string, asking: (house: House) => Promise<Answer>): Probe {
  return { over: 'REST', name, prepare: (house) => Promise.resolve(async () => granted(await asking(house))) }
}

function project(path: string, asked: Asked): Probe {
  return rest(`${asked.method ?? 'GET'} /projects/:id${path}`, (house) => house.rest(path, asked))
}

function granted({ status, text }: Answer): boolean {
  if (status >= 300 && status !== 403) throw new Error(`answered ${String(status)}: ${text}`)
  return status < 300
}

/** Draws over Yjs, and as ink in progress. */
function draw(place: Place, openTo: 'all' | 'owner' = 'all'): Probe[] {
  const on = async (house: House): Promise<string> => {
    await house.configure({ ownCanvasOpenTo: openTo })
    return house.canvasIds[place]
  }
  return [
    {
      over: 'Yjs',
      name: `draw on the ${place} canvas`,
      async prepare(house) {
        const canvasId = await on(house)
        return async () => {
          const canvas = await house.actor.canvas(house.projectId, canvasId).synced()
          if (!currentPage(canvas.doc)) throw new Error('a canvas has a page')
          const strokeId = canvas.draw(line([0, 0], [99, 99]))
          await canvas.roundTrip()
          return (await house.strokesOn(canvasId)).includes(strokeId)
        }
      },
    },
    {
      over: 'Socket.IO',
      name: `ink on the ${place} canvas`,
      async prepare(house) {
        const canvasId = await on(house)
        return () => inkArrives(house, canvasId)
      },
    },
  ]
}

/** Whether ink of the actor reaches the room: it was sent, and handled, before ink of the owner that does. */
async function inkArrives({ owner, other, actor, canvasIds }: House, canvasId: string): Promise<boolean> {
  const heard = new Set<string>()
  other.socket.on('ink', (batch) => {
    for (const { message } of decodeRoomInk(new Uint8Array(batch)))
      if (message.kind === 'tail') heard.add(message.strokeId)
  })
  const [mine, mark] = [newId(), newId()]
  const send = (by: Client, strokeId: string, on: string): void => {
    const { xs, ys } = line([0, 0], [50, 50], 5)
    by.ink({ kind: 'tail', canvasId: on, pageId: newId(), strokeId, start: 0, xs, ys })
  }
  send(actor, mine, canvasId)
  await actor.ask('canvas:snapshot', { canvasIds: [] })
  const marked = other.next('ink', () => heard.has(mark))
  send(owner, mark, canvasIds.shared)
  await marked
  return heard.has(mine)
}

type Owned = 'actor' | 'other'

async function request(house: House, whose: Owned) {
  const canvasId = house.canvasIds[whose]
  return house.requestFor(await house.drawn(house[whose], canvasId), canvasId)
}

async function kept(house: House, whose: Owned, classIndex: number | null): Promise<string> {
  const asked = await request(house, whose)
  const classId = classIndex === null ? null : house.classes[classIndex]?.id
  const { drawing } = classId
    ? await house[whose].command('drawing:label', { ...asked, classId })
    : await house[whose].command('drawing:keep', asked)
  return drawing.id
}

/** Somebody whom the lobby keeps out until they are let in. */
async function waitingPerson(house: House): Promise<string> {
  const { json } = await house.rest('', {}, house.owner)
  const { editor } = (json as { codes: { editor: string | null } }).codes
  await house.owner.command('hand:lobby', { on: true })
  const newcomer = await house.newcomer('Dora')
  await newcomer.joinByCode(editor)
  const code = await newcomer.refusal('room:join', { projectId: house.projectId, protocol: PROTOCOL_VERSION })
  if (code !== 'waiting') throw new Error(`a newcomer was answered with ${code}`)
  return newcomer.userId
}

async function savedCheckpoint(house: House): Promise<string> {
  return (await house.owner.command('checkpoint:save', {})).id
}

const fullTraining = { mnist: false, promote: 'hand' } as const

/** Without something to tell apart there is no full training. */
async function twoClasses(house: House): Promise<void> {
  await kept(house, 'actor', 0)
  await kept(house, 'other', 1)
}

async function startedTraining(house: House): Promise<void> {
  await twoClasses(house)
  await house.owner.command('training:job-start', fullTraining)
}

const cat = (house: House): string => house.classes[0]?.id ?? ''

function label(whose: Owned): Probe[] {
  return [
    command('drawing:label', async (house) => ({ ...(await request(house, whose)), classId: cat(house) })),
    command('drawing:keep', (house) => request(house, whose)),
  ]
}

function withdraw(whose: Owned): Probe[] {
  return [command('drawing:withdraw', async (house) => ({ drawingId: await kept(house, whose, 0) }))]
}

function remove(whose: Owned): Probe[] {
  return [command('drawing:delete', async (house) => ({ drawingId: await kept(house, whose, 0) }))]
}

function forget(whose: Owned): Probe[] {
  return [
    command('person:delete-drawings', async (house) => {
      await kept(house, whose, 0)
      return { userId: house[whose].userId }
    }),
  ]
}

function opine(whose: Owned, classIndex: number | null): Probe[] {
  return [
    command('drawing:opine', async (house) => ({
      drawingId: await kept(house, whose, classIndex),
      classId: cat(house),
      idempotencyKey: newId(),
    })),
  ]
}

function code(role: 'editor' | 'viewer'): Probe {
  return {
    over: 'REST',
    name: `the ${role}s’ code in GET /projects/:id`,
    prepare: (house) =>
      Promise.resolve(async () => {
        const { json } = await house.rest('')
        return (json as { codes: Record<'editor' | 'viewer', string | null> }).codes[role] !== null
      }),
  }
}

const seen: Probe = {
  over: 'Yjs',
  name: 'see another’s canvas',
  async prepare(house) {
    const canvasId = house.canvasIds.other
    const [drawn] = (await house.drawn(house.other, canvasId)).strokes()
    return async () => {
      const canvas = await house.actor.canvas(house.projectId, canvasId).synced()
      return drawn !== undefined && canvas.strokes().includes(drawn)
    }
  },
}

/** How each right of the table is tried. */
export const probes: Readonly<Record<RightName, readonly Probe[]>> = {
  come: [
    command('room:join', ({ projectId }) => ({ projectId, protocol: PROTOCOL_VERSION })),
    project('', {}),
  ],
  watch: [
    command('canvas:open', ({ canvasIds }) => ({ canvasId: canvasIds.other })),
    command('canvas:snapshot', ({ canvasIds }) => ({ canvasIds: [canvasIds.other] })),
    command('canvas:saved?', ({ canvasIds }) => ({ canvasId: canvasIds.other })),
    command('tiles:watch', ({ canvasIds }) => ({ canvasIds: [canvasIds.other] })),
    command('person:idle', () => ({ idle: false })),
    seen,
  ],
  createCanvas: [command('canvas:create', () => ({ name: 'Another one' }))],
  drawOwn: draw('actor', 'owner'),
  drawShared: draw('shared', 'owner'),
  drawOpen: draw('other', 'all'),
  drawClosed: draw('other', 'owner'),
  labelOwn: label('actor'),
  labelOthers: label('other'),
  withdrawOwn: withdraw('actor'),
  withdrawOthers: withdraw('other'),
  deleteOwn: remove('actor'),
  deleteOthers: remove('other'),
  forgetSelf: forget('actor'),
  forgetOthers: forget('other'),
  seeRecords: [
    command('drawing:list', () => ({ limit: 5 })),
    command('deletions:list', () => ({})),
    command('history:list', () => ({ limit: 5 })),
  ],
  seeToSort: [command('drawing:to-sort', () => ({ limit: 1 }))],
  opineToSort: opine('other', null),
  opineOwn: opine('actor', 1),
  opineOthers: opine('other', 1),
  classes: [
    command('class:add', () => ({ name: 'fox' })),
    command('class:rename', (house) => ({ classId: cat(house), name: 'lion' })),
    command('class:remove', (house) => ({ classId: cat(house) })),
  ],
  training: [
    command('training:pause', () => ({})),
    command('training:resume', () => ({})),
    command('training:configure', () => ({ ...defaultTrainingSettings, batchSize: 32 })),
    command('training:now', () => ({})),
  ],
  fullTraining: [
    command('training:job-start', async (house) => {
      await twoClasses(house)
      return fullTraining
    }),
    command('training:job-stop', async (house) => {
      await startedTraining(house)
      return {}
    }),
    command('training:job-decide', async (house) => {
      await startedTraining(house)
      await house.owner.command('training:job-stop', {})
      return { promote: true }
    }),
  ],
  checkpoint: [command('checkpoint:save', () => ({}))],
  seeCheckpoints: [
    command('checkpoint:list', () => ({})),
    command('checkpoint:compare', async (house) => {
      const [aId, bId] = [await savedCheckpoint(house), await savedCheckpoint(house)]
      return { aId, bId }
    }),
  ],
  manageCheckpoints: [
    command('checkpoint:edit', async (house) => ({
      checkpointId: await savedCheckpoint(house),
      name: 'Mine',
    })),
    command('checkpoint:restore', async (house) => ({ checkpointId: await savedCheckpoint(house) })),
    command('checkpoint:delete', async (house) => {
      const checkpointId = await savedCheckpoint(house)
      await savedCheckpoint(house)
      return { checkpointId }
    }),
  ],
  renameSelf: [
    command('person:rename', ({ actor }) => ({ userId: actor.userId, name: 'Me' })),
    rest('POST /session', ({ url, actor }) =>
      ask(`${url}/api/v1/session`, { method: 'POST', body: { name: 'Me' }, token: actor.token ?? '' }),
    ),
  ],
  renameOthers: [command('person:rename', ({ other }) => ({ userId: other.userId, name: 'You' }))],
  role: [command('person:role', ({ other }) => ({ userId: other.userId, role: 'viewer' }))],
  remove: [command('person:remove', ({ other }) => ({ userId: other.userId }))],
  admit: [command('person:admit', async (house) => ({ userId: await waitingPerson(house), admit: true }))],
  removeDrawing: [
    command('drawing:remove', async (house) => {
      const { canvasId, pageId } = await request(house, 'other')
      return { canvasId, pageId }
    }),
    command('drawing:restore', async (house) => {
      const { canvasId, pageId } = await request(house, 'other')
      const { drawing } = await house.owner.command('drawing:remove', { canvasId, pageId })
      return { drawingId: drawing.id }
    }),
  ],
  hand: [
    command('hand:freeze', ({ canvasIds }) => ({ canvasId: canvasIds.other, frozen: true })),
    command('hand:lock-labels', () => ({ locked: true })),
    command('hand:hide-names', () => ({ hidden: true })),
    command('hand:lobby', () => ({ on: true })),
    command('hand:spotlight', ({ canvasIds }) => ({ canvasId: canvasIds.other })),
    command('hand:follow', () => ({ on: true })),
    command('hand:end', () => ({ ended: true })),
  ],
  project: [
    project('', { method: 'PATCH', body: { name: 'Mine' } }),
    project('', { method: 'PATCH', body: { settings: { editorsMayManage: true } } }),
  ],
  deleteProject: [project('', { method: 'DELETE' })],
  seeEditorCode: [code('editor')],
  seeViewerCode: [code('viewer')],
  changeCodes: [
    project('/codes', { method: 'POST', body: { role: 'editor', action: 'replace' } }),
    project('/codes', { method: 'POST', body: { role: 'viewer', action: 'off' } }),
  ],
  ownerLink: [
    project('/owner-link', { method: 'POST', body: {} }),
    project('/owner-link', { method: 'DELETE' }),
  ],
}
