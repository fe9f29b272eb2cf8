import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Activity, ActivityKind } from '../../shared/protocol/entities.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { newId } from '../../shared/ids/id.ts'
import { StoreError, type Store } from '../../server/storage/store.ts'
import { line, type CanvasClient } from '../support/clients.ts'
import { HandRoom } from '../support/hand-room.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const faults = { hand: false, stored: Promise.resolve() }
const faulty = (store: Store): Store => ({
  ...store,
  updateProject: (id, change) =>
    faults.hand && change.hand
      ? Promise.reject(new StoreError('unavailable', 'the disk is full'))
      : store.updateProject(id, change),
  addDrawing: async (...words) => {
    const stored = await store.addDrawing(...words)
    await faults.stored
    return stored
  },
})

let server: RoomServer
beforeAll(async () => {
  server = await startRoomServer(faulty)
})
afterAll(() => server.stop())

const roomOf = (people: readonly ('editor' | 'viewer')[] = ['editor']) => HandRoom.build(server, people)

/** The kinds of the newest deeds, oldest first. */
const kindsIn = (activity: readonly Activity[]): ActivityKind[] => activity.map(({ kind }) => kind)

describe('freezing', () => {
  it('[HAND-1] ink that comes within a second of a freeze passes, later ink of editors does not, owners’ does', async () => {
    const { ada, ben, bens, inkFrom, leave } = await roomOf()
    expect(await inkFrom(ben, bens)).toBe(true)
    const told = ben.next('hand:changed')
    const hand = await ada.command('hand:freeze', { canvasId: bens, frozen: true })
    expect(hand.frozenCanvasIds).toEqual([bens])
    expect(await told).toEqual(hand)
    expect(await inkFrom(ben, bens)).toBe(true)
    await vi.waitFor(async () => expect(await inkFrom(ben, bens)).toBe(false), {
      timeout: 4_000,
      interval: 200,
    })
    expect(await inkFrom(ada, bens)).toBe(true)
    await ada.command('hand:freeze', { canvasId: bens, frozen: false })
    expect(await inkFrom(ben, bens)).toBe(true)
    leave()
  })

  it('[HAND-1] a stroke begun before a freeze is kept, one a second after it closes the canvas with 4409', async () => {
    const { ada, ben, bens, projectId, drawnOn, leave } = await roomOf()
    const canvas = await ben.canvas(projectId, bens).synced()
    await ada.command('hand:freeze', { canvasId: null, frozen: true })
    const kept = canvas.draw(line([0, 0], [99, 99]))
    await vi.waitFor(async () => expect(await drawnOn(bens)).toContain(kept))
    const owners = await ada.canvas(projectId, bens).synced()
    const refused: string[] = []
    const [code] = await Promise.all([
      canvas.closed,
      vi.waitFor(
        () => {
          refused.push(canvas.draw(line([10, 10], [20, 20])))
          expect(canvas.provider.wsconnected).toBe(false)
        },
        { timeout: 4_000, interval: 300 },
      ),
    ])
    expect(code).toBe(4409)
    const mine = owners.draw(line([5, 5], [50, 50]))
    await vi.waitFor(async () => expect(await drawnOn(bens)).toContain(mine))
    expect(await drawnOn(bens)).not.toContain(refused.at(-1))
    leave()
  })

  it('[HAND-1] a frozen canvas can still be watched and come back to', async () => {
    const { ada, ben, bens, projectId, leave } = await roomOf()
    const canvas = await ada.canvas(projectId, bens).synced()
    const strokeId = canvas.draw(line([0, 0], [99, 99]))
    await ada.command('hand:freeze', { canvasId: bens, frozen: true })
    const bensView = await ben.canvas(projectId, bens).synced()
    await vi.waitFor(() => expect(bensView.strokes()).toContain(strokeId))
    leave()
  })

  it('[HAND-14] a freeze that the store does not take does not hold and is told to nobody', async () => {
    const { ada, ben, leave } = await roomOf()
    const told = vi.fn()
    ben.socket.on('hand:changed', told)
    faults.hand = true
    expect(await ada.refusal('hand:freeze', { canvasId: null, frozen: true })).toBe('unavailable')
    faults.hand = false
    expect((await ada.command('hand:lock-labels', { locked: true })).frozenAll).toBe(false)
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1))
    leave()
  })
})

describe('labels and drawings', () => {
  const labelOf = (canvas: CanvasClient, canvasId: string, classId: string) => ({
    canvasId,
    pageId: canvas.pageId,
    classId,
    stateVector: canvas.stateVector,
    idempotencyKey: newId(),
  })

  it('[HAND-3] locked labels are refused for all but owners, and a label stored before answers again', async () => {
    const { ada, ben, bens, classId, drawn, leave } = await roomOf()
    const first = await drawn(ben, bens)
    const request = labelOf(first, bens, classId)
    const { drawing } = await ben.command('drawing:label', request)
    await ada.command('hand:lock-labels', { locked: true })
    expect((await ben.command('drawing:label', request)).drawing.id).toBe(drawing.id)
    const second = await drawn(ben, bens)
    const { pageId, stateVector } = second
    const keep = { canvasId: bens, pageId, stateVector, idempotencyKey: newId() }
    expect(await ben.refusal('drawing:label', labelOf(second, bens, classId))).toBe('locked')
    expect(await ben.refusal('drawing:keep', keep)).toBe('locked')
    expect(await ben.refusal('drawing:withdraw', { drawingId: drawing.id })).toBe('locked')
    const opinion = { drawingId: drawing.id, classId, idempotencyKey: newId() }
    expect(await ben.refusal('drawing:opine', opinion)).toBe('locked')
    expect(await ada.refusal('drawing:label', labelOf(second, bens, classId))).toBe('ok')
    await ada.command('hand:lock-labels', { locked: false })
    expect(await ben.refusal('drawing:withdraw', { drawingId: drawing.id })).toBe('ok')
    leave()
  })

  it('[HAND-8] a removed drawing is stored, gone from the canvas, never learned from, and comes back', async () => {
    const { ada, ben, bens, projectId, drawn, leave } = await roomOf()
    const canvas = await drawn(ben, bens)
    const { pageId } = canvas
    const [strokeId] = canvas.strokes()
    const told = ben.next('activity:added')
    const { drawing } = await ada.command('drawing:remove', { canvasId: bens, pageId })
    expect(await told).toMatchObject({ kind: 'drawing-removed', drawingId: drawing.id, canvasId: bens })
    const stored = await server.store.getDrawing(drawing.id)
    expect(stored).toMatchObject({ withdrawn: true, classId: null, contributorIds: [ben.userId] })
    expect(stored?.strokes.map(({ id }) => id)).toEqual([strokeId])
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
    expect(server.learning.learned.find(({ id }) => id === drawing.id)?.classId).toBeNull()
    expect(await server.store.countDrawings(projectId)).toMatchObject({ total: 0, toSort: 0 })
    expect(await ada.refusal('drawing:remove', { canvasId: bens, pageId })).toBe('unknown-page')
    expect(await ben.refusal('drawing:restore', { drawingId: drawing.id })).toBe('forbidden')
    await ada.command('drawing:restore', { drawingId: drawing.id })
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([strokeId]))
    expect(canvas.pageId).toBe(pageId)
    await ada.command('drawing:restore', { drawingId: drawing.id })
    expect(canvas.strokes()).toEqual([strokeId])
    leave()
  })

  it('[HAND-8] what is not there is refused by name', async () => {
    const { ada, bens, leave } = await roomOf()
    const pageId = newId()
    expect(await ada.refusal('drawing:remove', { canvasId: newId(), pageId })).toBe('unknown-canvas')
    expect(await ada.refusal('drawing:remove', { canvasId: bens, pageId })).toBe('unknown-page')
    expect(await ada.refusal('drawing:restore', { drawingId: newId() })).toBe('unknown-drawing')
    expect(await ada.refusal('hand:spotlight', { canvasId: newId() })).toBe('unknown-canvas')
    expect(await ada.refusal('hand:freeze', { canvasId: newId(), frozen: true })).toBe('unknown-canvas')
    expect(await ada.refusal('person:admit', { userId: newId(), admit: true })).toBe('unknown-person')
    leave()
  })

  it('[HAND-9] a removal and a label of one page at once: one of them, and the restored page can be labelled', async () => {
    const { ada, ben, bens, projectId, classId, drawn, leave } = await roomOf()
    for (const first of ['label', 'remove'] as const) {
      const canvas = await drawn(ben, bens)
      const { pageId } = canvas
      const strokeIds = canvas.strokes()
      const request = labelOf(canvas, bens, classId)
      const label = () => ben.ask('drawing:label', request)
      const remove = () => ada.ask('drawing:remove', { canvasId: bens, pageId })
      const before = (await server.store.countDrawings(projectId)).total
      const replies = await Promise.all(first === 'label' ? [label(), remove()] : [remove(), label()])
      const done = replies.flatMap((reply) => ('ok' in reply ? [reply.ok.drawing] : []))
      expect(done).toHaveLength(1)
      const refused = replies.flatMap((reply) => ('error' in reply ? [reply.error.code] : []))
      expect(refused).toEqual(['unknown-page'])
      const drawing = await server.store.getDrawing(done[0]?.id ?? '')
      expect(drawing?.strokes.map(({ id }) => id)).toEqual(strokeIds)
      if (drawing?.withdrawn !== true) continue
      await ada.command('drawing:restore', { drawingId: drawing.id })
      await vi.waitFor(() => expect(canvas.pageId).toBe(pageId))
      const again = await ben.command('drawing:label', labelOf(canvas, bens, classId))
      expect(again.drawing.id).toBe(drawing.id)
      expect((await server.store.countDrawings(projectId)).total).toBe(before + 1)
    }
    leave()
  })
})

describe('a page that is dropped', () => {
  it('[HAND-9] a stroke that comes while the drawing of its page is stored goes on to the next page', async () => {
    const { ada, ben, bens, drawn, drawnOn, leave } = await roomOf()
    const canvas = await drawn(ben, bens)
    const { pageId } = canvas
    let store = (): void => undefined
    faults.stored = new Promise((resolve) => (store = resolve))
    const removing = ada.command('drawing:remove', { canvasId: bens, pageId })
    await vi.waitFor(async () => expect(await server.store.findDrawingByPage(bens, pageId)).not.toBeNull())
    const late = canvas.draw(line([5, 5], [60, 60]))
    await vi.waitFor(async () => expect(await drawnOn(bens)).toContain(late))
    store()
    const { drawing } = await removing
    expect((await server.store.getDrawing(drawing.id))?.strokes.map(({ id }) => id)).not.toContain(late)
    await vi.waitFor(() => expect(canvas.strokes()).toEqual([late]))
    expect(canvas.pageId).not.toBe(pageId)
    leave()
  })
})

describe('names', () => {
  it('[HAND-4] a hidden name never reaches an editor’s socket, whatever happens', async () => {
    const { ada, ben, bens, codes, projectId, drawn, leave, arrive } = await roomOf()
    await ada.command('hand:hide-names', { hidden: true })
    const heard: string[] = []
    ben.socket.onAny((event, ...words: unknown[]) => heard.push(JSON.stringify([event, words])))
    const state = await ben.join(projectId)
    expect(state.you.user.name).toBe('Person 0')
    expect(state.people.find(({ id }) => id === ben.userId)?.name).toBe('Person 0')
    expect(state.canvases.find(({ id }) => id === bens)?.name).toBe('Person 0')
    heard.push(JSON.stringify({ ...state, you: null }))
    const cleo = await arrive('Cleopatra', codes.editor)
    const room = await cleo.join(projectId)
    const renamed = ben.next('people:changed', ({ people }) => people.some(({ id }) => id === cleo.userId))
    await cleo.command('person:rename', { userId: cleo.userId, name: 'Cleopatra the Great' })
    await renamed
    const canvas = await drawn(cleo, room.you.canvasId ?? '')
    await ada.command('drawing:remove', { canvasId: room.you.canvasId ?? '', pageId: canvas.pageId })
    await ada.command('hand:freeze', { canvasId: room.you.canvasId, frozen: true })
    await ada.command('person:role', { userId: cleo.userId, role: 'viewer' })
    const gone = ben.next('activity:added', ({ kind }) => kind === 'person-removed')
    await ada.command('person:remove', { userId: cleo.userId })
    await gone
    expect(heard.some((words) => words.includes(cleo.userId))).toBe(true)
    expect(heard.filter((words) => words.includes('Cleopatra') || words.includes('Ada'))).toEqual([])
    const shown = ben.next('people:changed', ({ people }) => people.some(({ name }) => name === 'Ada'))
    const owned = ben.next('canvases:changed', ({ canvases }) => canvases.some(({ name }) => name === 'Ada'))
    await ada.command('hand:hide-names', { hidden: false })
    await Promise.all([shown, owned])
    leave()
  })

  it('[HAND-4] owners see hidden names, and who becomes or stops being one sees or loses them at once', async () => {
    const { ada, ben, projectId, leave } = await roomOf()
    await ada.command('hand:hide-names', { hidden: true })
    const told = ada.next('people:changed', ({ people }) => people.some(({ name }) => name === 'Person 9'))
    await ben.command('person:rename', { userId: ben.userId, name: 'Person 9' })
    await told
    const own = ben.next('people:changed', ({ people }) => people.some(({ name }) => name === 'Person 10'))
    await ada.command('person:rename', { userId: ben.userId, name: 'Person 10' })
    await own
    const seen = ben.next('people:changed', ({ people }) => people.some(({ name }) => name === 'Ada'))
    await ada.command('person:role', { userId: ben.userId, role: 'owner' })
    await seen
    const lost = ben.next('people:changed', ({ people }) =>
      people.some(({ id, name }) => id === ada.userId && name === ''),
    )
    await ada.command('person:role', { userId: ben.userId, role: 'editor' })
    await lost
    expect((await ben.join(projectId)).people.some(({ name }) => name === 'Ada')).toBe(false)
    leave()
  })
})

describe('spotlight and follow me', () => {
  it('[HAND-7] everybody is told, also who comes later; following ends when the owner goes', async () => {
    const { ada, ben, bens, projectId, leave } = await roomOf()
    const lit = ben.next('hand:changed')
    await ada.command('hand:spotlight', { canvasId: bens })
    expect((await lit).spotlight).toBe(bens)
    await ada.command('hand:follow', { on: true })
    expect((await ben.join(projectId)).hand).toMatchObject({ spotlight: bens, followUserId: ada.userId })
    const ended = ben.next('hand:changed', ({ followUserId }) => followUserId === null)
    ada.leave()
    expect((await ended).spotlight).toBe(bens)
    leave()
  })

  it('[HAND-7] following ends when the owner is none any more', async () => {
    const { ada, ben, leave } = await roomOf()
    await ada.command('person:role', { userId: ben.userId, role: 'owner' })
    const ended = ada.next('hand:changed', ({ followUserId }) => followUserId === null)
    await ben.command('hand:follow', { on: true })
    await ada.command('person:role', { userId: ben.userId, role: 'editor' })
    await ended
    leave()
  })
})

describe('what everybody sees', () => {
  it('[HAND-12] who did what is told to everybody and kept for who comes later, bounded', async () => {
    const { ada, ben, projectId, codes, classId, leave } = await roomOf()
    const told = vi.fn<(activity: Activity) => void>()
    ben.socket.on('activity:added', told)
    await ada.command('hand:freeze', { canvasId: null, frozen: true })
    await ada.command('hand:freeze', { canvasId: null, frozen: true })
    await ada.command('class:rename', { classId, name: 'tiger' })
    await ada.command('training:pause', {})
    await ada.command('person:role', { userId: ben.userId, role: 'viewer' })
    const replaced = ben.next('activity:added', ({ kind }) => kind === 'codes-changed')
    await codes.replace('editor')
    expect(await replaced).toMatchObject({ byUserId: ada.userId, what: 'editor' })
    const { activity } = await ben.join(projectId)
    expect(kindsIn(activity)).toEqual([
      'frozen',
      'class-renamed',
      'training-paused',
      'role-changed',
      'codes-changed',
    ])
    expect(told.mock.calls.map(([one]) => one)).toEqual(activity)
    for (let turn = 0; turn < 40; turn++) await ada.command('hand:lock-labels', { locked: turn % 2 === 0 })
    expect((await ben.join(projectId)).activity.length).toBeLessThanOrEqual(60)
    leave()
  })

  it('[HAND-10] who is removed with changed codes is out at once and cannot come back by the old code', async () => {
    const { ada, ben, bens, projectId, codes, drawn, leave } = await roomOf()
    const canvas = await drawn(ben, bens)
    const told = ben.next('you:role')
    await ada.command('person:remove', { userId: ben.userId, changeCodes: true })
    expect(await told).toEqual({ role: null })
    expect(await canvas.closed).toBe(4403)
    await vi.waitFor(async () => expect(await ben.refusal('canvas:open', { canvasId: bens })).toBe('invalid'))
    expect(await ben.refusal('room:join', { projectId, protocol: PROTOCOL_VERSION })).toBe('forbidden')
    await expect(ben.joinByCode(codes.editor)).rejects.toThrow('unknown-code')
    await expect(ben.joinByCode(codes.viewer)).rejects.toThrow('unknown-code')
    const now = await codes.read()
    expect(now.editor).not.toBe(codes.editor)
    expect(await ada.refusal('person:remove', { userId: ada.userId, changeCodes: true })).toBe('conflict')
    expect(await codes.read()).toEqual(now)
    leave()
  })
})
