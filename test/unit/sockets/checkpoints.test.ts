import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../../shared/ids/id.ts'
import { MOST_HELD } from '../../../server/rooms/checkpoint-policy.ts'
import { RoomCheckpoints } from '../../../server/rooms/room-checkpoints.ts'
import { CHECKPOINT_VERSION } from '../../../server/storage/records.ts'
import { StoreError, type Store } from '../../../server/storage/store.ts'
import { aCheckpoint } from '../../contract/store-records.ts'
import { Client, line, type CanvasClient } from '../../support/clients.ts'
import { startRoomServer, type RoomServer } from '../../support/room-server.ts'

let server: RoomServer
const damaged = new Set<string>()
beforeEach(async () => {
  damaged.clear()
  askForEach()
  server = await startRoomServer(withDamage)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.stop()
})

/** Only what is asked for is written: the clock would write one more on a machine that is slow enough. */
function askForEach(): void {
  const { saveIfChanged } = RoomCheckpoints.prototype
  vi.spyOn(RoomCheckpoints.prototype, 'saveIfChanged').mockImplementation(function (
    this: RoomCheckpoints,
    reason,
  ) {
    return reason === 'schedule' ? Promise.resolve(null) : saveIfChanged.call(this, reason)
  })
}

/** A store whose disk altered the blobs of some checkpoints. */
function withDamage(store: Store): Store {
  return {
    ...store,
    readCheckpoint: (id) =>
      damaged.has(id)
        ? Promise.reject(new StoreError('corrupt', 'its bytes were altered'))
        : store.readCheckpoint(id),
  }
}

async function ownersRoom(): Promise<{ ada: Client; projectId: string; label: () => Promise<void> }> {
  const ada = await Client.arrive(server.url, 'Ada')
  const { project } = await ada.create('empty', ['cat', 'dog'])
  const room = await ada.join(project.id)
  const canvasId = room.you.canvasId ?? ''
  const canvas = await ada.canvas(project.id, canvasId).synced()
  return {
    ada,
    projectId: project.id,
    label: () => labelled(ada, canvas, canvasId, room.classes[0]?.id ?? ''),
  }
}

/** One step more, for the network of these tests. */
async function labelled(by: Client, canvas: CanvasClient, canvasId: string, classId: string): Promise<void> {
  canvas.draw(line([0, 0], [300, 300]))
  const { pageId, stateVector } = canvas
  await by.command('drawing:label', { canvasId, pageId, classId, stateVector, idempotencyKey: newId() })
  await vi.waitFor(() => expect(canvas.strokes()).toEqual([]))
}

describe('checkpoints of a room', () => {
  it('[CKPT-15] are listed, named, pinned and deleted, and everybody in the room is told', async () => {
    const { ada, label } = await ownersRoom()
    expect(await ada.command('checkpoint:list', {})).toEqual({ checkpoints: [], currentId: null })
    const first = await ada.command('checkpoint:save', {})
    await label()
    const told = ada.next('checkpoint:changed', ({ added }) => added !== null)
    const listed = () => ada.command('checkpoint:list', {})
    const second = await ada.command('checkpoint:save', {})
    expect(await told).toEqual({ added: second, changed: null, removed: [] })
    expect(second).toMatchObject({ step: 1, reason: 'request', classes: 2, trainedTo: 1, problem: null })
    expect(await listed()).toEqual({ checkpoints: [second, first], currentId: second.id })
    const changed = ada.next('checkpoint:changed', (change) => change.changed !== null)
    const named = await ada.command('checkpoint:edit', { checkpointId: first.id, name: '  before  hats ' })
    expect(named).toEqual({ ...first, name: 'before hats' })
    expect((await changed).changed).toEqual(named)
    const pinned = await ada.command('checkpoint:edit', { checkpointId: first.id, pinned: true })
    expect(pinned).toEqual({ ...named, pinned: true })
    expect(await ada.refusal('checkpoint:delete', { checkpointId: first.id })).toBe('conflict')
    expect(await ada.refusal('checkpoint:delete', { checkpointId: second.id })).toBe('conflict')
    expect(await ada.refusal('checkpoint:edit', { checkpointId: first.id, name: '' })).toBe('invalid')
    expect(await ada.refusal('checkpoint:edit', { checkpointId: first.id, name: 'x'.repeat(61) })).toBe(
      'invalid',
    )
    expect(await ada.refusal('checkpoint:edit', { checkpointId: 'unknown', pinned: true })).toBe('not-found')
    expect(await ada.refusal('checkpoint:restore', { checkpointId: 'unknown' })).toBe('not-found')
    expect(await ada.refusal('checkpoint:compare', { aId: first.id, bId: 'unknown' })).toBe('not-found')
    await ada.command('checkpoint:edit', { checkpointId: first.id, name: null, pinned: false })
    const gone = ada.next('checkpoint:changed', ({ removed }) => removed.length > 0)
    await ada.command('checkpoint:delete', { checkpointId: first.id })
    expect((await gone).removed).toEqual([first.id])
    expect((await listed()).checkpoints).toEqual([second])
    expect(await ada.refusal('checkpoint:delete', { checkpointId: first.id })).toBe('not-found')
    ada.leave()
  })

  it('[CKPT-12] going back and forward is told, and a restart goes on from it', async () => {
    const { ada, projectId, label } = await ownersRoom()
    await label()
    const { id } = await ada.command('checkpoint:save', {})
    await ada.command('checkpoint:edit', { checkpointId: id, name: 'early' })
    await label()
    const deed = ada.next('activity:added', ({ kind }) => kind === 'checkpoint-restored')
    const published = ada.next('model:published', ({ model }) => model.step === 1)
    const { checkpoint, training } = await ada.command('checkpoint:restore', { checkpointId: id })
    expect(training.step).toBe(1)
    expect(await deed).toMatchObject({ byUserId: ada.userId, what: 'early' })
    expect((await published).model.version).toBeGreaterThan(3)
    const { checkpoints, currentId } = await ada.command('checkpoint:list', {})
    expect(checkpoints.map(({ step, reason }) => [step, reason])).toEqual([
      [1, 'rollback'],
      [2, 'schedule'],
      [1, 'request'],
    ])
    expect(currentId).toBe(checkpoint.id)
    ada.leave()
    server = await server.restart()
    const back = ada.again(server.url)
    expect((await back.join(projectId)).training.step).toBe(1)
    expect((await back.command('checkpoint:list', {})).currentId).toBe(checkpoint.id)
    back.leave()
  })

  it('[CKPT-14] a damaged newest one is shown and the one before used; with all damaged the drawings teach anew', async () => {
    const { ada, projectId, label } = await ownersRoom()
    await label()
    const first = await ada.command('checkpoint:save', {})
    await label()
    const second = await ada.command('checkpoint:save', {})
    ada.leave()
    damaged.add(second.id)
    server = await server.restart()
    const back = ada.again(server.url)
    expect((await back.join(projectId)).training.step).toBe(1)
    const { checkpoints } = await back.command('checkpoint:list', {})
    expect(checkpoints.map(({ id, problem }) => [id, problem])).toEqual([
      [second.id, 'damaged'],
      [first.id, null],
    ])
    expect(await back.refusal('checkpoint:restore', { checkpointId: second.id })).toBe('conflict')
    expect(await back.refusal('checkpoint:delete', { checkpointId: first.id })).toBe('conflict')
    await back.command('checkpoint:delete', { checkpointId: second.id })
    back.leave()
    damaged.add(first.id)
    server = await server.restart()
    const again = ada.again(server.url)
    const room = await again.join(projectId)
    expect(room.training).toMatchObject({ step: 0, phase: { state: 'idle' } })
    expect(server.learning.starts.at(-1)?.drawings).toHaveLength(2)
    again.leave()
  })

  it('[CKPT-16] one of a newer version is listed, refused by name, and never what a start goes on from', async () => {
    const ada = await Client.arrive(server.url, 'Ada')
    const { project } = await ada.create('empty', ['cat'])
    const blob = Uint8Array.of(0, 0, 0, 7)
    const old = { projectId: project.id, at: Date.now(), step: 7 }
    await server.store.putCheckpoint(aCheckpoint('old', blob, old), blob)
    const newer = { ...old, step: 9, version: CHECKPOINT_VERSION + 1 }
    await server.store.putCheckpoint(aCheckpoint('newer', blob, newer), blob)
    expect((await ada.join(project.id)).training.step).toBe(7)
    const { checkpoints } = await ada.command('checkpoint:list', {})
    expect(checkpoints.map(({ id, problem }) => [id, problem])).toEqual([
      ['newer', 'newer'],
      ['old', null],
    ])
    const reply = await ada.ask('checkpoint:restore', { checkpointId: 'newer' })
    expect(reply).toMatchObject({ error: { code: 'conflict' } })
    expect(JSON.stringify(reply)).toContain('newer version')
    ada.leave()
  })

  it('[LIMIT-2] pinned and named checkpoints are bounded', async () => {
    const ada = await Client.arrive(server.url, 'Ada')
    const { project } = await ada.create('empty', ['cat'])
    const blob = Uint8Array.of(0, 0, 0, 1)
    for (let i = 0; i <= MOST_HELD; i++) {
      const change = { projectId: project.id, at: Date.now() - i, pinned: i > 0 }
      await server.store.putCheckpoint(aCheckpoint(`k${String(i)}`, blob, change), blob)
    }
    await ada.join(project.id)
    expect(await ada.refusal('checkpoint:edit', { checkpointId: 'k0', pinned: true })).toBe('full')
    expect(await ada.refusal('checkpoint:edit', { checkpointId: 'k0', name: 'mine' })).toBe('full')
    await ada.command('checkpoint:edit', { checkpointId: 'k1', name: 'pinned and named' })
    await ada.command('checkpoint:edit', { checkpointId: 'k2', pinned: false })
    await ada.command('checkpoint:edit', { checkpointId: 'k0', pinned: true })
    ada.leave()
  })
})
