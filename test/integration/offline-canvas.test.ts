import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { bringLeftBehind } from '../../client/net/left-behind.ts'
import { localDb } from '../../client/net/local-db.ts'
import { newId } from '../../shared/ids/id.ts'
import { createAwayRoom, isLive, isSaved, reloadAfter, shown, type AwayRoom } from '../support/away-room.ts'
import { line } from '../support/clients.ts'
import { newDevice, until } from '../support/local-device.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const stroke = line([100, 100], [400, 400], 12)

let server: RoomServer
let room: AwayRoom

beforeAll(async () => {
  server = await startRoomServer()
  room = await createAwayRoom(server.url)
})
beforeEach(() => {
  newDevice()
})
afterEach(() => {
  room.closeOpened()
})
afterAll(async () => {
  room.owner.leave()
  await server.stop()
})

describe('a canvas kept on the device', () => {
  it('[OFF-1] shows at once after a reload, with the server away, and knows what is not saved', async () => {
    const mia = await room.somebody('Mia')
    const canvasId = await room.newCanvas()
    const first = mia.open(canvasId)
    await isLive(first)
    const [saved, kept] = [newId(), newId()]
    first.link.commit(saved, stroke)
    await isSaved(first)
    first.link.close()

    const second = mia.openAway(canvasId)
    await until(() => shown(second).includes(saved))
    expect(second.link.unsavedCount).toBe(0)
    second.link.commit(kept, stroke)
    expect(second.link.unsavedCount).toBe(1)
    await reloadAfter(second, 1)

    const third = mia.openAway(canvasId)
    await until(() => shown(third).length === 2)
    expect(third.link.unsavedCount).toBe(1)
    expect(third.link.isUnsaved(kept)).toBe(true)
    expect(third.link.isUnsaved(saved)).toBe(false)
  })

  it('[OFF-2] brings what several page loads drew while away, names its writers, and ends as saved', async () => {
    const leo = await room.somebody('Leo')
    const canvasId = await room.newCanvas()
    const first = leo.open(canvasId)
    await isLive(first)
    first.link.commit(newId(), stroke)
    first.link.canvas.turn()
    await isSaved(first)
    first.link.close()
    const drawn: string[] = []
    const writers: number[] = []
    for (let load = 1; load <= 2; load++) {
      const away = leo.openAway(canvasId)
      await until(() => away.link.canvas.pageId !== '' && shown(away).length === load - 1)
      drawn.push(newId())
      away.link.commit(drawn.at(-1) ?? '', stroke)
      writers.push(away.link.canvas.doc.clientID)
      await reloadAfter(away, load)
    }
    const back = leo.open(canvasId)
    await isSaved(back)
    const named = new URL(back.opened[0]?.url ?? '').searchParams.get('clients')?.split(',').map(Number)
    expect(named).toEqual(expect.arrayContaining(writers))
    const view = await room.ownersView(canvasId)
    expect(view.strokes()).toEqual(expect.arrayContaining(drawn))
    const { drawing } = await room.owner.command('drawing:label', {
      canvasId,
      pageId: back.link.canvas.pageId,
      classId: room.classId,
      stateVector: view.stateVector,
      idempotencyKey: newId(),
    })
    expect(drawing.contributorIds).toEqual([leo.client.userId])
    back.link.close()
    const db = await localDb()
    await expect
      .poll(async () => (await db?.getAll('canvases'))?.every(({ unsaved }) => unsaved === 0))
      .toBe(true)
  })

  it('[OFF-3] keeps strokes that were refused while the pens rest, without asking again, and lands them once they go on', async () => {
    const noor = await room.somebody('Noor')
    const canvasId = await room.newCanvas()
    const canDraw = shallowRef(true)
    const first = noor.open(canvasId, { canDraw })
    await isLive(first)
    const before = first.link.canvas
    const id = newId()
    canDraw.value = false
    // A server that will not take an update closes with 4409 whatever is in it.
    before.doc.getMap('elsewhere').set('x', 1)
    first.link.commit(id, stroke)
    before.move([id], { dx: 40, dy: 8 })
    await until(() => first.link.canvas !== before)
    await isLive(first)
    expect(first.link.held.map((one) => one.id)).toEqual([id])
    expect(first.opened).toHaveLength(2)
    await reloadAfter(first, 2)

    const resting = shallowRef(false)
    const second = noor.open(canvasId, { canDraw: resting })
    await isLive(second)
    expect(shown(second)).toEqual([id])
    expect(second.link.canvas.doc.getMap('elsewhere').size).toBe(0)
    const view = await room.ownersView(canvasId)
    expect(view.strokes()).not.toContain(id)
    resting.value = true
    await isSaved(second)
    expect(second.opened).toHaveLength(1)
    expect(view.strokes()).toContain(id)
    expect(second.link.strokes[0]?.stroke.xs[0]).toBeCloseTo((stroke.xs[0] ?? 0) + 40, 1)
  })

  it('[OFF-3] what was drawn while away from a room whose pens were rested meanwhile waits until they go on', async () => {
    const zoe = await room.somebody('Zoe')
    const canvasId = await room.newCanvas()
    const before = zoe.open(canvasId)
    await isLive(before)
    before.link.commit(newId(), stroke)
    await isSaved(before)
    before.link.close()
    const away = zoe.openAway(canvasId)
    await until(() => shown(away).length === 1)
    const id = newId()
    away.link.commit(id, stroke)
    await reloadAfter(away, 1)
    await room.owner.command('hand:freeze', { canvasId: null, frozen: true })
    const frozenAt = performance.now()
    // A stroke that was begun before is let through for a second.
    await until(() => performance.now() - frozenAt > 1_200)

    const canDraw = shallowRef(false)
    zoe.socket.on('hand:changed', ({ frozenAll }) => {
      canDraw.value = !frozenAll
    })
    const back = zoe.open(canvasId, { canDraw })
    await until(() => back.link.held.length === 1)
    await isLive(back)
    expect(shown(back)).toHaveLength(2)
    expect(back.opened).toHaveLength(2)
    await room.owner.command('hand:freeze', { canvasId: null, frozen: false })
    await isSaved(back)
    expect(back.opened).toHaveLength(2)
    expect((await room.ownersView(canvasId)).strokes()).toContain(id)
  })

  it('[OFF-6] an erasure made while away is brought as well', async () => {
    const uma = await room.somebody('Uma')
    const canvasId = await room.newCanvas()
    const before = uma.open(canvasId)
    await isLive(before)
    const id = newId()
    before.link.commit(id, stroke)
    await isSaved(before)
    before.link.close()
    const away = uma.openAway(canvasId)
    await until(() => shown(away).length === 1)
    await until(() => away.link.state.kind === 'offline')
    away.link.erase([id])
    await reloadAfter(away, 1)
    const view = await room.ownersView(canvasId)
    expect(view.strokes()).toEqual([id])
    await bringLeftBehind({
      projectId: room.projectId,
      userId: uma.client.userId,
      token: uma.client.token ?? '',
      socket: uma.socket,
      origin: server.url.replace('http', 'ws'),
      openCanvasId: () => null,
      mayDraw: () => true,
      signal: new AbortController().signal,
    })
    await until(() => view.strokes().length === 0)
  })

  it('[OFF-4] lands a stroke on the current page when somebody else labelled or cleared its page meanwhile', async () => {
    const kofi = await room.somebody('Kofi')
    for (const how of ['label', 'clear'] as const) {
      const canvasId = await room.newCanvas()
      const view = await room.ownersView(canvasId)
      const others = view.draw(stroke)
      const first = kofi.open(canvasId)
      await until(() => shown(first).includes(others))
      first.link.close()
      const away = kofi.openAway(canvasId)
      await until(() => shown(away).includes(others))
      const pageId = away.link.canvas.pageId
      const mine = newId()
      away.link.commit(mine, stroke)
      await reloadAfter(away, 1)

      const stateVector = view.stateVector
      view.turn()
      if (how === 'label') {
        await room.owner.command('drawing:label', {
          canvasId,
          pageId,
          classId: room.classId,
          stateVector,
          idempotencyKey: newId(),
        })
      }
      const back = kofi.open(canvasId)
      await isSaved(back)
      await until(() => shown(back).includes(mine))
      expect(back.link.canvas.pageId).not.toBe(pageId)
      await until(() => view.strokes().includes(mine))
      expect(view.strokes()).not.toContain(others)
    }
  })

  it('[OFF-5] is dropped when the person is taken out of the room or the canvas is gone', async () => {
    const vera = await room.somebody('Vera')
    const canvasId = await room.newCanvas()
    const rows = async (): Promise<number> => (await (await localDb())?.count('canvases')) ?? -1
    const first = vera.open(canvasId)
    await isLive(first)
    expect(await rows()).toBe(1)
    const outdated = vera.open(canvasId, { generation: 0 })
    await until(() => outdated.link.state.kind === 'ended')
    await expect.poll(rows).toBe(1)
    await room.owner.command('person:remove', { userId: vera.client.userId })
    await until(() => first.link.state.kind === 'ended')
    await expect.poll(rows).toBe(0)
  })

  it('[OFF-6] of a page that is not open is brought in the background', async () => {
    const ada = await room.somebody('Ada')
    const canvases = [await room.newCanvas(), await room.newCanvas(), await room.newCanvas()]
    const drawn = new Map<string, string>()
    for (const canvasId of canvases) {
      const away = ada.openAway(canvasId)
      drawn.set(canvasId, newId())
      away.link.commit(drawn.get(canvasId) ?? '', stroke)
      await reloadAfter(away, 1)
    }
    const brought = await bringLeftBehind({
      projectId: room.projectId,
      userId: ada.client.userId,
      token: ada.client.token ?? '',
      socket: ada.socket,
      origin: server.url.replace('http', 'ws'),
      openCanvasId: () => canvases[2] ?? null,
      mayDraw: () => true,
      signal: new AbortController().signal,
    })
    expect(brought).toBe(2)
    for (const [i, canvasId] of canvases.entries()) {
      const view = await room.ownersView(canvasId)
      expect(view.strokes().includes(drawn.get(canvasId) ?? '')).toBe(i < 2)
    }
  })

  it('[OFF-7] two pages of one browser on one canvas do not harm each other', async () => {
    const ben = await room.somebody('Ben')
    const canvasId = await room.newCanvas()
    const [one, two] = [ben.open(canvasId), ben.open(canvasId)]
    await isLive(one)
    await isLive(two)
    const before = one.link.canvas
    before.doc.getMap('elsewhere').set('x', 1)
    const [kept, other] = [newId(), newId()]
    one.link.commit(kept, stroke)
    await until(() => one.link.canvas !== before)
    two.link.commit(other, stroke)
    await isSaved(one)
    await isSaved(two)
    for (const each of [one, two]) await until(() => shown(each).length === 2)
    for (const each of [one, two]) each.link.close()
    const again = ben.openAway(canvasId)
    await until(() => shown(again).includes(kept))
  })
})
