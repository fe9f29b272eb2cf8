import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Person } from '../../../shared/protocol/entities.ts'
import { newId } from '../../../shared/ids/id.ts'
import { decodeRoomInk, type InkTail } from '../../../shared/protocol/ink.ts'
import { toBase64 } from '../../../shared/canvas/base64.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../../shared/training/settings.ts'
import { Client, line } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer()
})
afterAll(() => server.stop())

async function ownersRoom() {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project, codes } = await ada.create('empty', ['cat', 'dog'])
  const room = await ada.join(project.id)
  return { ada, room, projectId: project.id, codes, canvasId: room.you.canvasId ?? '' }
}

async function member(code: string | null, name = 'Ben'): Promise<Client> {
  const client = await Client.arrive(server.url, name)
  await client.joinByCode(code)
  return client
}

function tailOf(canvasId: string, pageId: string, strokeId: string, xs: number[], start = 0): InkTail {
  const points = Float32Array.from(xs)
  return { kind: 'tail', canvasId, pageId, strokeId, start, xs: points, ys: points }
}

describe('rooms', () => {
  it('[ROOM-1] an editor gets a canvas of their own at once, a viewer none', async () => {
    const { ada, projectId, codes, room } = await ownersRoom()
    expect(room.canvases).toMatchObject([{ ownerId: ada.userId, name: 'Ada' }])
    const created = ada.next('canvases:changed', ({ canvases }) =>
      canvases.some(({ name }) => name === 'Ben'),
    )
    const joined = ada.next('people:changed', ({ people }) => people.some(({ name }) => name === 'Ben'))
    const ben = await member(codes.editor)
    const bens = await ben.join(projectId)
    expect((await created).canvases.map(({ id }) => id)).toEqual([bens.you.canvasId])
    expect((await joined).people).toMatchObject([{ id: ben.userId, online: true, idle: false }])
    const vic = await member(codes.viewer, 'Vic')
    expect((await vic.join(projectId)).you.canvasId).toBeNull()
    const again = await ben.join(projectId)
    expect(again.you.canvasId).toBe(bens.you.canvasId)
    expect(again.canvases).toHaveLength(2)
    for (const one of [ada, ben, vic]) one.leave()
  })

  it('[ROOM-2] two sockets of one person are one person, who is there until both are gone', async () => {
    const { ada, projectId, codes } = await ownersRoom()
    const vic = await member(codes.viewer, 'Vic')
    await vic.join(projectId)
    const second = vic.again()
    const { people } = await second.join(projectId)
    expect(people.filter(({ id }) => id === vic.userId)).toHaveLength(1)
    vic.leave()
    const left = ada.next('people:changed', ({ left }) => left.length > 0)
    await second.command('canvas:snapshot', { canvasIds: [] })
    const { people: still } = await ada.join(projectId)
    expect(still.some(({ id, online }) => id === vic.userId && online)).toBe(true)
    second.leave()
    expect((await left).left).toEqual([vic.userId])
    ada.leave()
  })

  it('[ROOM-3] a wrong protocol version, an unknown project, no membership and no session are refused by name', async () => {
    const { ada, projectId } = await ownersRoom()
    const eve = await Client.arrive(server.url, 'Eve')
    const nobody = Client.nobody(server.url)
    const protocol = PROTOCOL_VERSION
    expect(await ada.refusal('room:join', { projectId, protocol: 99 })).toBe('protocol-version')
    expect(await ada.refusal('room:join', { projectId: newId(), protocol })).toBe('unknown-project')
    expect(await eve.refusal('room:join', { projectId, protocol })).toBe('forbidden')
    expect(await eve.refusal('class:add', { name: 'fox' })).toBe('invalid')
    expect(await nobody.refusal('room:join', { projectId, protocol })).toBe('unauthenticated')
    for (const one of [ada, eve, nobody]) one.leave()
  })

  it('[ROOM-4] ink comes to everybody as one batch a tick, and a viewer cannot send any', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const [ben, vic] = [await member(codes.editor), await member(codes.viewer, 'Vic')]
    await ben.join(projectId)
    await vic.join(projectId)
    const heard: string[] = []
    ben.socket.on('ink', (batch) => {
      for (const { userId, message } of decodeRoomInk(new Uint8Array(batch))) {
        if (message.kind === 'tail') heard.push(`${userId} ${message.strokeId}`)
      }
    })
    vic.ink(tailOf(canvasId, 'p1', 'vics', [1, 2]))
    ada.ink(tailOf(canvasId, 'p1', 's1', [1, 2]), tailOf(canvasId, 'p1', 's2', [3, 4]))
    await vi.waitFor(() => expect(heard).toEqual([`${ada.userId} s1`, `${ada.userId} s2`]))
    for (const one of [ada, ben, vic]) one.leave()
  })

  it('[PRED-8] a guess comes while the stroke is drawn and names what it saw', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const vic = await member(codes.viewer, 'Vic')
    await vic.join(projectId)
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const { pageId } = canvas
    const seen = (points: number) =>
      vic.next('prediction', ({ items }) => items.some((item) => item.points === points))
    const first = seen(3)
    ada.ink(tailOf(canvasId, pageId, 's1', [1, 2, 3]))
    expect((await first).items[0]).toMatchObject({ canvasId, pageId, strokeId: 's1', strokePoints: 3 })
    const second = seen(5)
    ada.ink(tailOf(canvasId, pageId, 's1', [3, 4, 5], 2))
    const [item] = (await second).items
    expect(item?.probabilities).toEqual([0.5, 0.5])
    const whole = seen(20)
    canvas.draw(line([1, 1], [300, 300], 20), 's1')
    expect((await whole).items[0]?.strokePoints).toBe(20)
    const emptied = vic.next('prediction', ({ items }) => items.some(({ points }) => points === 0))
    canvas.turn()
    expect((await emptied).items[0]).toMatchObject({ strokeId: '', probabilities: [] })
    ada.leave()
    vic.leave()
  })

  it('[PRED-9] when another model serves, what is drawn is guessed anew', async () => {
    const { ada, projectId, canvasId } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const first = ada.next('prediction')
    canvas.draw(line([1, 1], [300, 300]))
    const { modelVersion } = await first
    const anew = ada.next('prediction', (made) => made.modelVersion > modelVersion)
    await ada.command('class:add', { name: 'fox' })
    expect((await anew).items[0]?.probabilities).toHaveLength(3)
    ada.leave()
  })

  it('[ROOM-5] classes are added, renamed and removed for everybody; names and numbers do not collide', async () => {
    const { ada, projectId, room } = await ownersRoom()
    const [cat, dog] = room.classes
    const told = ada.next('classes:changed')
    const fox = await ada.command('class:add', { name: 'fox' })
    expect((await told).classes.map(({ name }) => name)).toEqual(['cat', 'dog', 'fox'])
    expect(fox.number).toBe(3)
    expect(await ada.refusal('class:add', { name: ' FOX ' })).toBe('conflict')
    expect(await ada.refusal('class:rename', { classId: fox.id, name: 'Cat' })).toBe('conflict')
    expect(await ada.refusal('class:rename', { classId: newId(), name: 'owl' })).toBe('unknown-class')
    await ada.command('class:remove', { classId: cat?.id ?? '' })
    expect(await ada.command('class:add', { name: 'Cat' })).toMatchObject({ number: 1 })
    expect(await ada.command('class:rename', { classId: dog?.id ?? '', name: 'wolf' })).toMatchObject({
      name: 'wolf',
    })
    expect(await ada.refusal('class:add', { name: 'x'.repeat(10_000) })).toBe('invalid')
    const markup = await ada.command('class:add', { name: '<b>bold</b>' })
    expect(markup.name).toBe('<b>bold</b>')
    expect((await ada.join(projectId)).classes.map(({ name }) => name)).toEqual([
      'Cat',
      'wolf',
      'fox',
      '<b>bold</b>',
    ])
    ada.leave()
  })

  it('[ROOM-6] training is paused, resumed and configured within bounds, and stays so after a restart', async () => {
    const { ada, projectId } = await ownersRoom()
    const few = { learningRate: 5e-4, batchSize: 32, stepsPerArrival: 2 }
    const settings: TrainingSettings = {
      ...defaultTrainingSettings,
      ...few,
      when: { kind: 'labels', labels: 5 },
      stop: { kind: 'epochs', epochs: 3 },
      optimiser: 'sgd',
    }
    expect((await ada.command('training:configure', few)).settings).toEqual({
      ...defaultTrainingSettings,
      ...few,
    })
    expect((await ada.command('training:configure', settings)).settings).toEqual(settings)
    expect(await ada.refusal('training:configure', { ...settings, batchSize: 1 })).toBe('invalid')
    expect((await ada.command('training:pause', {})).phase.state).toBe('paused')
    const { step } = await ada.command('checkpoint:save', {})
    ada.leave()
    server = await server.restart()
    const back = ada.again(server.url)
    const room = await back.join(projectId)
    expect(room.training.settings).toEqual(settings)
    expect(room.training.phase.state).toBe('paused')
    const [start] = server.learning.starts
    expect(start?.checkpoint).not.toBeNull()
    expect(room.training.step).toBe(step)
    back.leave()
  })

  it('[ROOM-7] a person is renamed for everybody; nobody but owners renames others', async () => {
    const { ada, projectId, codes } = await ownersRoom()
    const ben = await member(codes.editor)
    await ben.join(projectId)
    const named = ({ id, name }: Person): boolean => id === ben.userId && name === 'Benjamin'
    const told = ben.next('people:changed', ({ people }) => people.some(named))
    await ada.command('person:rename', { userId: ben.userId, name: 'Benjamin' })
    expect((await told).people.find(({ id }) => id === ben.userId)?.name).toBe('Benjamin')
    expect(await ben.refusal('person:rename', { userId: ada.userId, name: 'x' })).toBe('forbidden')
    expect(await ben.refusal('person:rename', { userId: ben.userId, name: 'Ben' })).toBe('ok')
    expect(await ada.refusal('person:rename', { userId: newId(), name: 'x' })).toBe('unknown-person')
    expect(await ada.refusal('person:role', { userId: ada.userId, role: 'viewer' })).toBe('conflict')
    ada.leave()
    ben.leave()
  })

  it('[ROOM-8] too many commands at once are refused, and the connection lives on', async () => {
    const { ada } = await ownersRoom()
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => ada.refusal('canvas:snapshot', { canvasIds: [] })),
    )
    expect(replies.filter((code) => code === 'too-many').length).toBeGreaterThan(20)
    expect(replies).toContain('ok')
    await vi.waitFor(async () => expect(await ada.refusal('canvas:snapshot', { canvasIds: [] })).toBe('ok'))
    ada.leave()
  })

  it('[ROOM-9] tiles get the page of a canvas, then what changes on it', async () => {
    const { ada, projectId, codes, canvasId } = await ownersRoom()
    const vic = await member(codes.viewer, 'Vic')
    await vic.join(projectId)
    const canvas = await ada.canvas(projectId, canvasId).synced()
    const changed = vic.next('canvas:changed')
    const drawn = canvas.draw(line([1, 1], [300, 300]))
    expect((await changed).added.map(({ id }) => id)).toEqual([drawn])
    const { snapshots } = await vic.command('canvas:snapshot', { canvasIds: [canvasId, newId()] })
    expect(snapshots).toMatchObject([{ canvasId, pageId: canvas.pageId, strokes: [{ id: drawn }] }])
    const turned = vic.next('canvas:changed', (change) => change.turned)
    canvas.turn()
    expect((await turned).added).toEqual([])
    ada.leave()
    vic.leave()
  })
})

describe('a full training', () => {
  it('[LIVE-25] that takes over by the rule is in the list of what was done, once and by nobody', async () => {
    const { ada, projectId, canvasId, room } = await ownersRoom()
    const canvas = await ada.canvas(projectId, canvasId).synced()
    for (const { id: classId } of room.classes) {
      canvas.draw(line([0, 0], [300, 300]))
      const { pageId, stateVector } = canvas
      await ada.command('drawing:label', { canvasId, pageId, classId, stateVector, idempotencyKey: newId() })
      await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
    }
    await ada.command('training:job-start', { mnist: false, promote: 'rule' })
    const told = ada.next('activity:added', ({ kind }) => kind === 'job-served')
    await server.learning.serveJob(projectId)
    expect(await told).toMatchObject({ byUserId: null, userId: null, canvasId: null })
    // Whose model somebody chooses is theirs alone.
    await ada.command('training:job-start', { mnist: false, promote: 'hand' })
    await ada.command('training:job-stop', {})
    await ada.command('training:job-decide', { promote: true })
    await ada.command('training:pause', {})
    const { activity } = await ada.join(projectId)
    expect(activity.map(({ kind, byUserId }) => [kind, byUserId])).toEqual([
      ['job-started', ada.userId],
      ['job-served', null],
      ['job-started', ada.userId],
      ['job-stopped', ada.userId],
      ['job-promoted', ada.userId],
      ['training-paused', ada.userId],
    ])
    ada.leave()
  })
})

describe('the scratch pad', () => {
  it('[PRED-10] guesses for somebody without a session, to that socket alone', async () => {
    const [one, other] = [Client.nobody(server.url), Client.nobody(server.url)]
    const heard: unknown[] = []
    other.socket.on('prediction', (made) => heard.push(made))
    await other.command('scratch:open', { protocol: PROTOCOL_VERSION })
    expect(await one.refusal('scratch:set', { strokes: [] })).toBe('invalid')
    const { classes, model } = await one.command('scratch:open', { protocol: PROTOCOL_VERSION })
    expect(classes.map(({ id }) => id)).toEqual(model.classIds)
    const guessed = one.next('prediction')
    one.ink(tailOf('scratch', 'page', 's1', [1, 2, 3]))
    expect((await guessed).items[0]).toMatchObject({ canvasId: 'scratch', strokeId: 's1', points: 3 })
    const whole = one.next('prediction', ({ items }) => items[0]?.points === 20)
    const base64 = toBase64(encodeStroke(line([1, 1], [99, 99], 20)))
    await one.command('scratch:set', { strokes: [{ id: 's1', base64 }] })
    expect((await whole).items[0]?.strokePoints).toBe(20)
    const broken = { strokes: [{ id: 's1', base64: 'AAAA' }] }
    expect(await one.refusal('scratch:set', broken)).toBe('invalid')
    const emptied = one.next('prediction', ({ items }) => items[0]?.points === 0)
    await one.command('scratch:set', { strokes: [] })
    expect((await emptied).items[0]?.probabilities).toEqual([])
    expect(heard).toEqual([])
    one.leave()
    other.leave()
  })
})
