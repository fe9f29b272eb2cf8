import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import type { Prediction, RoomState } from '../../shared/protocol/events.ts'
import type { OwnerLinkReply } from '../../shared/protocol/rest.ts'
import type { ModelInfo } from '../../shared/training/status.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { ask } from '../support/http.ts'

let app: TestApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.end())

interface Drawer {
  readonly client: Client
  readonly room: RoomState
  readonly canvas: CanvasClient
  readonly canvasId: string
}

async function drawer(client: Client, projectId: string): Promise<Drawer> {
  const room = await client.join(projectId)
  const canvasId = room.you.canvasId ?? ''
  return { client, room, canvas: await client.canvas(projectId, canvasId).synced(), canvasId }
}

async function room(template: 'digits' | 'empty', classes: string[] = []) {
  const ada = await Client.arrive(app.url, 'Ada')
  const { project, codes } = await ada.create(template, classes)
  const ben = await Client.arrive(app.url, 'Ben')
  await ben.joinByCode(codes.editor)
  return {
    codes,
    projectId: project.id,
    ada: await drawer(ada, project.id),
    ben: await drawer(ben, project.id),
  }
}

function labelOf({ canvas, canvasId }: Drawer, classId: string) {
  const { pageId, stateVector } = canvas
  return { canvasId, pageId, classId, stateVector, idempotencyKey: newId() }
}

describe('guesses', () => {
  test('[LIVE-1] a guess never claims more points than were sent, covers all in the end, and a labelled page empties it', async () => {
    const { ada, ben } = await room('digits')
    const { canvas, canvasId, client } = ada
    const guesses: Prediction[] = []
    const sent = new Map<string, number>()
    const heard = (count: number, strokeId: string) => (made: { items: readonly Prediction[] }) =>
      made.items.some((item) => item.strokeId === strokeId && item.strokePoints === count)
    ben.client.socket.on('prediction', ({ items }) => {
      for (const item of items) {
        if (item.canvasId !== canvasId) continue
        guesses.push(item)
        expect(item.strokePoints).toBeLessThanOrEqual(sent.get(item.strokeId) ?? 0)
        expect(item.points).toBeLessThanOrEqual([...sent.values()].reduce((sum, each) => sum + each, 0))
      }
    })
    const { pageId } = canvas
    for (const stroke of [line([500, 100], [480, 900], 40), line([300, 500], [700, 480], 25)]) {
      const strokeId = newId()
      sent.set(strokeId, 0)
      for (let upTo = 5; upTo <= stroke.xs.length; upTo += 5) {
        const start = Math.max(0, upTo - 7)
        const covered = ben.client.next('prediction', heard(upTo, strokeId))
        sent.set(strokeId, upTo)
        const [xs, ys] = [stroke.xs.slice(start, upTo), stroke.ys.slice(start, upTo)]
        client.ink({ kind: 'tail', canvasId, pageId, strokeId, start, xs, ys })
        await covered
      }
      canvas.draw(stroke, strokeId)
    }
    const { snapshots } = await vi.waitFor(async () => {
      const taken = await client.command('canvas:snapshot', { canvasIds: [canvasId] })
      expect(taken.snapshots[0]?.strokes).toHaveLength(2)
      return taken
    })
    expect(snapshots[0]?.pageId).toBe(pageId)
    expect(guesses.at(-1)).toMatchObject({ pageId, points: 65 })
    const emptied = ben.client.next('prediction', ({ items }) =>
      items.some((item) => item.canvasId === canvasId && item.points === 0),
    )
    await client.command('drawing:label', labelOf(ada, ada.room.classes[4]?.id ?? ''))
    const empty = (await emptied).items.find((item) => item.canvasId === canvasId)
    expect(empty).toMatchObject({ strokeId: '', strokePoints: 0, probabilities: [] })
    expect(empty?.pageId).not.toBe(pageId)
    client.leave()
    ben.client.leave()
  })

  test('[LIVE-2] classes come, change and go while people draw and the model learns; every guess has a place for each class of its model', async () => {
    const { ada, ben } = await room('empty', ['cat', 'dog'])
    const sizes = new Map<number, number>()
    let trainedTo = 0
    const note = (model: ModelInfo): void => {
      sizes.set(model.version, model.classIds.length)
      trainedTo = Math.max(trainedTo, model.trainedTo)
    }
    const learned = (seq: number) =>
      vi.waitFor(() => expect(trainedTo).toBeGreaterThanOrEqual(seq), { timeout: 20_000 })
    if (ben.room.model) note(ben.room.model)
    ben.client.socket.on('model:published', ({ model }) => note(model))
    ben.client.socket.on('prediction', ({ items }) => {
      for (const { modelVersion, probabilities } of items)
        if (probabilities.length > 0 && sizes.has(modelVersion))
          expect(probabilities).toHaveLength(sizes.get(modelVersion) ?? 0)
    })
    const drawAndLabel = async ({ client, canvas, canvasId }: Drawer, classId: string, end: number) => {
      canvas.draw(line([100, 100], [end, 900]))
      const before = canvas.pageId
      const { drawing } = await client.command(
        'drawing:label',
        labelOf({ client, canvas, canvasId, room: ada.room }, classId),
      )
      await vi.waitFor(() => expect(canvas.pageId).not.toBe(before))
      return drawing
    }
    const [cat, dog] = ada.room.classes
    const drawThree = async (): Promise<void> => {
      for (const i of [0, 1, 2]) await drawAndLabel(i % 2 ? ada : ben, (i % 2 ? cat : dog)?.id ?? '', 200 + i)
    }
    const drawing = drawThree()
    const fox = await ada.client.command('class:add', { name: 'fox' })
    expect(fox).toMatchObject({ number: 3, count: 0 })
    await drawing
    const foxes = await drawAndLabel(ada, fox.id, 700)
    await learned(foxes.seq)
    const told = ben.client.next('classes:changed')
    await ada.client.command('class:rename', { classId: fox.id, name: 'red fox' })
    expect((await told).classes.find(({ id }) => id === fox.id)?.name).toBe('red fox')
    const smaller = ben.client.next('model:published', ({ model }) => !model.classIds.includes(dog?.id ?? ''))
    await ada.client.command('class:remove', { classId: dog?.id ?? '' })
    const { model } = await smaller
    expect(model.classIds).toEqual([cat?.id, fox.id])
    ben.canvas.draw(line([50, 50], [900, 900]))
    expect(await ben.client.refusal('drawing:label', labelOf(ben, dog?.id ?? ''))).toBe('unknown-class')
    const last = await drawAndLabel(ben, fox.id, 650)
    await learned(last.seq)
    const end = await ada.client.join(ada.room.project.id)
    expect(end.classes.map(({ name, count }) => [name, count])).toEqual([
      ['cat', 1],
      ['red fox', 2],
    ])
    ada.client.leave()
    ben.client.leave()
  })
})

describe('training', () => {
  test('[LIVE-3] a paused training takes labels and learns from them once it goes on', async () => {
    const { ada, ben } = await room('digits')
    const paused = ben.client.next('training:progress', ({ phase }) => phase.state === 'paused')
    await ada.client.command('training:pause', {})
    const { step } = await paused
    ada.canvas.draw(line([500, 100], [500, 900]))
    const waiting = ben.client.next('training:progress', ({ pending }) => pending > 0)
    const { drawing } = await ada.client.command('drawing:label', labelOf(ada, ada.room.classes[1]?.id ?? ''))
    expect(await waiting).toMatchObject({ step, phase: { state: 'paused' } })
    const learned = ben.client.next('model:published', ({ model }) => model.trainedTo >= drawing.seq)
    await ada.client.command('training:resume', {})
    expect((await learned).model.step).toBeGreaterThan(step)
    ada.client.leave()
    ben.client.leave()
  })
})

describe('labels', () => {
  test('[LIVE-4] one key from two sockets at once is one drawing; somebody who only watches gets nothing by it', async () => {
    const { ada, codes, projectId } = await room('digits')
    const vic = await Client.arrive(app.url, 'Vic')
    await vic.joinByCode(codes.viewer)
    await vic.join(projectId)
    const second = ada.client.again()
    await second.join(projectId)
    ada.canvas.draw(line([500, 100], [500, 900]))
    const request = labelOf(ada, ada.room.classes[1]?.id ?? '')
    const [one, two, refused] = await Promise.all([
      ada.client.command('drawing:label', request),
      second.command('drawing:label', request),
      vic.refusal('drawing:label', request),
    ])
    expect(two.drawing).toEqual(one.drawing)
    expect(refused).toBe('forbidden')
    expect((await second.join(projectId)).counts.total).toBe(1)
    for (const each of [ada.client, second, vic]) each.leave()
  })
})

describe('the owner’s link', () => {
  test('[LIVE-5] it makes another device an owner’s at once, also while that watches the room', async () => {
    const { ada, codes, projectId } = await room('digits')
    const post = (path: string, body: unknown, by: Client) =>
      ask(`${app.url}/api/v1/projects/${projectId}/owner-link${path}`, {
        method: 'POST',
        body,
        token: by.token ?? '',
      })
    const { secret } = (await post('', {}, ada.client)).json as OwnerLinkReply
    const watching = await Client.arrive(app.url, 'Ada’s tablet')
    await watching.joinByCode(codes.viewer)
    await watching.join(projectId)
    const canvas = await watching.canvas(projectId, ada.canvasId).synced()
    const told = watching.next('you:role')
    expect((await post('/exchange', { secret }, watching)).status).toBe(200)
    expect((await told).role).toBe('owner')
    expect(await canvas.closed).toBe(4409)
    expect(await watching.refusal('checkpoint:save', {})).toBe('ok')
    const phone = await Client.arrive(app.url, 'Ada’s phone')
    expect((await post('/exchange', { secret }, phone)).status).toBe(200)
    expect((await phone.join(projectId)).you).toMatchObject({ role: 'owner' })
    for (const each of [ada.client, watching, phone]) each.leave()
  })
})
