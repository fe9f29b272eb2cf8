import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import type { WireError } from '../../shared/protocol/errors.ts'
import { commandSchemas, type CommandName } from '../../shared/protocol/payloads.ts'
import type { Client } from '../support/clients.ts'
import { ask, type Asked } from '../support/http.ts'
import { House } from '../support/permission-house.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'
import { badCommands, LONG_NAME, type Known } from './bad-commands.ts'

type Refused = Partial<WireError>

let server: RoomServer
let house: House
let elsewhere: House
let known: Known
let before: unknown
beforeAll(async () => {
  server = await startRoomServer()
  house = await House.build(server.url)
  elsewhere = await House.build(server.url)
  const canvasId = house.canvasIds.actor
  const canvas = await house.drawn(house.actor, canvasId)
  const classId = house.classes[0]?.id ?? ''
  const first = await house.actor.command('drawing:label', { ...house.requestFor(canvas, canvasId), classId })
  const drawingId = first.drawing.id
  await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
  await house.drawn(house.actor, canvasId)
  known = { house, elsewhere, drawingId, label: { ...house.requestFor(canvas, canvasId), classId } }
  before = await house.state()
})
afterAll(async () => {
  for (const one of [house, elsewhere]) one.leave()
  await server.stop()
})

async function nothingChanged(): Promise<void> {
  expect(await house.state()).toEqual(before)
}

describe('REST', () => {
  const patch = (body: unknown): Asked => ({ method: 'PATCH', body })
  const code = (body: unknown): Asked => ({ method: 'POST', body })
  const cases: [what: string, path: string, asked: Asked, status: number, refused: Partial<Refused>][] = [
    ['a name of 10,000 characters', '', patch({ name: LONG_NAME }), 400, { code: 'invalid', path: 'name' }],
    [
      'a name of nothing visible',
      '',
      patch({ name: ' \u200b\u0007 ' }),
      400,
      { code: 'invalid', path: 'name' },
    ],
    ['a name that is a number', '', patch({ name: 7 }), 400, { code: 'invalid', path: 'name' }],
    [
      'an unknown choice of a setting',
      '',
      patch({ settings: { ownCanvasOpenTo: 'nobody' } }),
      400,
      { code: 'invalid', path: 'settings.ownCanvasOpenTo' },
    ],
    ['a body that is no JSON', '', patch('{"name": "x"'), 400, { code: 'invalid' }],
    ['a body that is a list', '', patch('[]'), 400, { code: 'invalid' }],
    ['a body that is too large', '', patch({ name: 'x'.repeat(200_000) }), 413, { code: 'too-large' }],
    [
      'a code of no role',
      '/codes',
      code({ role: 'owner', action: 'off' }),
      400,
      { code: 'invalid', path: 'role' },
    ],
    [
      'an unknown action',
      '/codes',
      code({ role: 'viewer', action: 'x' }),
      400,
      { code: 'invalid', path: 'action' },
    ],
    [
      'a secret that is too short',
      '/owner-link/exchange',
      code({ secret: 'abc' }),
      400,
      { code: 'invalid', path: 'secret' },
    ],
    ['a wrong secret', '/owner-link/exchange', code({ secret: 'a'.repeat(40) }), 403, { code: 'forbidden' }],
    ['a method there is none of', '', { method: 'PUT' }, 404, { code: 'not-found' }],
  ]
  test.each(cases)(
    '[BAD-1] %s is refused by name and changes nothing',
    async (_what, path, asked, status, refused) => {
      const answer = await house.rest(path, asked, house.owner)
      expect(answer.json).toMatchObject({ status, ...refused })
      if (refused.path !== undefined) expect((answer.json as Refused).detail).toContain(refused.path)
      await nothingChanged()
    },
  )

  test.each([
    ['GET', ''],
    ['PATCH', ''],
    ['POST', '/codes'],
    ['POST', '/owner-link'],
    ['DELETE', '/owner-link'],
  ])('[BAD-1] %s of an unknown project%s is refused by name', async (method, path) => {
    for (const id of [newId(), 'No%20id', 'x'.repeat(90)]) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : {}
      const answer = await ask(`${server.url}/api/v1/projects/${id}${path}`, {
        method,
        body,
        token: house.owner.token ?? '',
      })
      expect(answer.json).toMatchObject({ code: 'unknown-project', status: 404 })
    }
  })

  test('[BAD-1] an unknown code and one of another shape are refused by name', async () => {
    const join = async (code: unknown) =>
      (
        await ask(`${server.url}/api/v1/join`, {
          method: 'POST',
          body: { code },
          token: house.actor.token ?? '',
        })
      ).json
    expect(await join('AAAAAA')).toMatchObject({ code: 'unknown-code', path: 'code' })
    for (const code of ['A!', LONG_NAME, 7, null])
      expect(await join(code)).toMatchObject({ code: 'invalid', path: 'code' })
    await nothingChanged()
  })
})

/** Somebody's further connection to the room, since commands are limited a connection. */
async function connection(by: Client): Promise<Client> {
  const one = by.again()
  await one.join(house.projectId)
  return one
}

describe('Socket.IO', () => {
  test.each(badCommands)(
    '[BAD-2] %s in %s is refused by name and changes nothing',
    async (_what, command, payload, refused) => {
      const one = await connection(house.owner)
      const { error } = await one.send<{ error: Refused }>(command, payload(known))
      expect(error).toMatchObject(refused)
      if (refused.path !== undefined && refused.code === 'invalid')
        expect(error.detail).toContain(refused.path)
      one.leave()
      await nothingChanged()
    },
  )

  test('[BAD-2] an empty page has nothing to label', async () => {
    const canvasId = house.canvasIds.shared
    const canvas = await house.actor.canvas(house.projectId, canvasId).synced()
    const request = { ...house.requestFor(canvas, canvasId), classId: house.classes[0]?.id ?? '' }
    expect(await house.actor.refusal('drawing:label', request)).toBe('empty-drawing')
    await nothingChanged()
  })

  test.each(Object.keys(commandSchemas) as CommandName[])(
    '[BAD-3] %s with a payload of no such shape is refused and changes nothing',
    async (command) => {
      const one = await connection(house.owner)
      const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown
      for (const payload of [null, 'text', 7, true, [1], deep, 'x'.repeat(100_000)]) {
        const { error } = await one.send<{ error: Refused }>(command, payload)
        expect(error).toMatchObject({ code: 'invalid', detail: expect.stringContaining(command) as string })
      }
      one.leave()
      await nothingChanged()
    },
  )

  test('[BAD-4] what asks for no answer, has no name or is no ink is ignored, and the connection lives on', async () => {
    const one = await connection(house.owner)
    const emit = one.socket.emit.bind(one.socket) as (event: string, ...words: unknown[]) => void
    emit('class:add', { name: 'fox' })
    emit('class:steal', { name: 'fox' })
    emit('ink', 'text')
    emit('ink', Uint8Array.of(9, 9, 9, 9))
    emit('ink', new Uint8Array(40_000))
    emit('ink')
    expect(await one.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok')
    one.leave()
    await nothingChanged()
  })

  test('[BAD-4] a message above the limit ends its connection alone', async () => {
    const one = await connection(house.owner)
    const gone = new Promise((resolve) => one.socket.once('disconnect', resolve))
    const emit = one.socket.emit.bind(one.socket) as (event: string, ...words: unknown[]) => void
    emit('class:add', { name: 'x'.repeat(5_000_000) }, () => undefined)
    await gone
    await nothingChanged()
  })

  test('[BAD-5] markup in a name is plain text', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const { classes } = await elsewhere.owner.join(elsewhere.projectId)
    const renamed = await elsewhere.owner.command('class:rename', { classId: classes[0]?.id ?? '', name })
    expect(renamed.name).toBe(name)
  })
})

describe('Yjs', () => {
  const messages: [what: string, message: string | Uint8Array, code: number][] = [
    ['a text message', 'hello', 4409],
    ['an empty message', new Uint8Array(), 4409],
    ['a message of an unknown kind', Uint8Array.of(99, 1, 2), 4409],
    ['an update cut short', Uint8Array.of(0, 2, 50, 1, 2), 4409],
    ['an update that is none', Uint8Array.of(0, 2, 3, 255, 255, 255), 4409],
    ['a state vector that is none', Uint8Array.of(0, 0, 2, 255, 255), 4409],
    ['a message above 256 KB', new Uint8Array(256_001), 4409],
    ['a message above 5 MB', new Uint8Array(5_000_001), 1009],
  ]
  test.each(messages)(
    '[BAD-6] %s closes the connection with its code and changes nothing',
    async (_what, message, code) => {
      const canvas = await house.actor.canvas(house.projectId, house.canvasIds.actor).synced()
      await canvas.roundTrip()
      canvas.provider.ws?.send(message)
      expect(await canvas.closed).toBe(code)
      canvas.leave()
      await nothingChanged()
    },
  )
})
