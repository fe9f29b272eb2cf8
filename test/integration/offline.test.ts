import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { bringLeftBehind } from '../../client/net/left-behind.ts'
import { localDb } from '../../client/net/local-db.ts'
import { createOutbox, type LostCommand, type Outbox, type OutboxOptions } from '../../client/net/outbox.ts'
import { deviceKeeper } from '../../client/net/outbox-keeper.ts'
import { connectSocket, type RoomSocket } from '../../client/net/socket.ts'
import { newId } from '../../shared/ids/id.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { newDevice, noSocket, openLink, until, type OpenedLink } from '../support/local-device.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const stroke = line([100, 100], [400, 400], 12)

let server: RoomServer
let owner: Client
let projectId: string
let classId: string
let editorCode: string | null
const closing: (() => void)[] = []

beforeAll(async () => {
  server = await startRoomServer()
  owner = await Client.arrive(server.url, 'Olga')
  const created = await owner.create('empty', ['cat'])
  projectId = created.project.id
  editorCode = created.codes.editor
  classId = (await owner.join(projectId)).classes[0]?.id ?? ''
})
beforeEach(() => {
  newDevice()
})
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})
afterAll(async () => {
  owner.leave()
  await server.stop()
})

interface Somebody {
  readonly client: Client
  readonly socket: RoomSocket
  /** A page load with the server there, or away. */
  open(canvasId: string, how?: Partial<Parameters<typeof openLink>[0]>): OpenedLink
  openAway(canvasId: string): OpenedLink
  outbox(socket: Parameters<typeof createOutbox>[0], options?: OutboxOptions): Outbox
}

async function somebody(name: string): Promise<Somebody> {
  const client = await Client.arrive(server.url, name)
  await client.joinByCode(editorCode)
  const socket = connectSocket({ token: client.token, url: server.url })
  closing.push(() => {
    socket.close()
  })
  await socket.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
  const place = { projectId, userId: client.userId }
  const opened = (one: OpenedLink): OpenedLink => {
    closing.push(() => {
      one.link.close()
    })
    return one
  }
  return {
    client,
    socket,
    open: (canvasId, how) =>
      opened(
        openLink({
          ...place,
          canvasId,
          socket,
          token: client.token ?? '',
          origin: server.url.replace('http', 'ws'),
          ...how,
        }),
      ),
    openAway: (canvasId) => opened(openLink({ ...place, canvasId })),
    outbox(through, options) {
      const outbox = createOutbox(through, { keeper: deviceKeeper(client.userId, projectId), ...options })
      closing.push(() => {
        outbox.close()
      })
      return outbox
    },
  }
}

const newCanvas = async (): Promise<string> =>
  (await owner.command('canvas:create', { name: `Page ${newId().slice(0, 6)}` })).id

async function ownersView(canvasId: string): Promise<CanvasClient> {
  const view = await owner.canvas(projectId, `${canvasId}.1`).synced()
  closing.push(() => {
    view.leave()
  })
  return view
}

const shown = ({ link }: OpenedLink): string[] => link.strokes.map(({ id }) => id)
const isLive = ({ link }: OpenedLink) => until(() => link.state.kind === 'live')
const isSaved = ({ link }: OpenedLink) => until(() => link.state.kind === 'live' && link.unsavedCount === 0)

/** Leaves a page as a reload does, once the device has what it was given. */
async function reloadAfter({ link }: OpenedLink, unsaved: number): Promise<void> {
  await until(() => link.keeping === 'device')
  const db = await localDb()
  await expect
    .poll(async () => ((await db?.getAll('canvases')) ?? []).map((row) => row.unsaved))
    .toContain(unsaved)
  link.close()
}

describe('a canvas kept on the device', () => {
  it('[OFF-1] shows at once after a reload, with the server away, and knows what is not saved', async () => {
    const mia = await somebody('Mia')
    const canvasId = await newCanvas()
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
    const leo = await somebody('Leo')
    const canvasId = await newCanvas()
    const first = leo.open(canvasId)
    await isLive(first)
    first.link.commit(newId(), stroke)
    await isSaved(first)
    first.link.close()
    const drawn: string[] = []
    const writers: number[] = []
    for (let load = 1; load <= 2; load++) {
      const away = leo.openAway(canvasId)
      await until(() => shown(away).length === load)
      drawn.push(newId())
      away.link.commit(drawn.at(-1) ?? '', stroke)
      writers.push(away.link.canvas.doc.clientID)
      await reloadAfter(away, load)
    }
    const back = leo.open(canvasId)
    await isSaved(back)
    const named = new URL(back.opened[0]?.url ?? '').searchParams.get('clients')?.split(',').map(Number)
    expect(named).toEqual(expect.arrayContaining(writers))
    const view = await ownersView(canvasId)
    expect(view.strokes()).toEqual(expect.arrayContaining(drawn))
    back.link.close()
    const db = await localDb()
    await expect
      .poll(async () => (await db?.getAll('canvases'))?.every(({ unsaved }) => unsaved === 0))
      .toBe(true)
  })

  it('[OFF-3] keeps strokes that were refused while the pens rest, without asking again, and lands them once they go on', async () => {
    const noor = await somebody('Noor')
    const canvasId = await newCanvas()
    const canDraw = shallowRef(true)
    const first = noor.open(canvasId, { canDraw })
    await isLive(first)
    const before = first.link.canvas
    const id = newId()
    canDraw.value = false
    // A server that will not take an update closes with 4409 whatever is in it.
    before.doc.getMap('elsewhere').set('x', 1)
    first.link.commit(id, stroke)
    await until(() => first.link.canvas !== before)
    await isLive(first)
    expect(first.link.held.map((one) => one.id)).toEqual([id])
    expect(first.opened).toHaveLength(2)
    await reloadAfter(first, 1)

    const resting = shallowRef(false)
    const second = noor.open(canvasId, { canDraw: resting })
    await isLive(second)
    expect(shown(second)).toEqual([id])
    expect(second.link.canvas.doc.getMap('elsewhere').size).toBe(0)
    const view = await ownersView(canvasId)
    expect(view.strokes()).not.toContain(id)
    resting.value = true
    await isSaved(second)
    expect(second.opened).toHaveLength(1)
    expect(view.strokes()).toContain(id)
  })

  it('[OFF-4] lands a stroke on the current page when somebody else labelled or cleared its page meanwhile', async () => {
    const kofi = await somebody('Kofi')
    for (const how of ['label', 'clear'] as const) {
      const canvasId = await newCanvas()
      const view = await ownersView(canvasId)
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
        await owner.command('drawing:label', {
          canvasId,
          pageId,
          classId,
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
    const vera = await somebody('Vera')
    const canvasId = await newCanvas()
    const rows = async (): Promise<number> => (await (await localDb())?.count('canvases')) ?? -1
    const first = vera.open(canvasId)
    await isLive(first)
    expect(await rows()).toBe(1)
    const outdated = vera.open(canvasId, { generation: 7 })
    await until(() => outdated.link.state.kind === 'ended')
    await expect.poll(rows).toBe(1)
    await owner.command('person:remove', { userId: vera.client.userId })
    await until(() => first.link.state.kind === 'ended')
    await expect.poll(rows).toBe(0)
  })

  it('[OFF-6] of a page that is not open is brought in the background', async () => {
    const ada = await somebody('Ada')
    const canvases = [await newCanvas(), await newCanvas(), await newCanvas()]
    const drawn = new Map<string, string>()
    for (const canvasId of canvases) {
      const away = ada.openAway(canvasId)
      drawn.set(canvasId, newId())
      away.link.commit(drawn.get(canvasId) ?? '', stroke)
      await reloadAfter(away, 1)
    }
    const brought = await bringLeftBehind({
      projectId,
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
      const view = await ownersView(canvasId)
      expect(view.strokes().includes(drawn.get(canvasId) ?? '')).toBe(i < 2)
    }
  })

  it('[OFF-7] two pages of one browser on one canvas do not harm each other', async () => {
    const ben = await somebody('Ben')
    const canvasId = await newCanvas()
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

describe('labels kept on the device', () => {
  it('[OFF-8] are sent again after a reload although the answer was lost, and stored once', async () => {
    const eve = await somebody('Eve')
    const canvasId = await newCanvas()
    const first = eve.open(canvasId)
    await isLive(first)
    first.link.commit(newId(), stroke)
    await isSaved(first)
    const turn = first.link.canvas.turn()
    const label = {
      canvasId,
      pageId: turn?.pageId ?? '',
      classId,
      stateVector: turn?.stateVector ?? new Uint8Array(),
      idempotencyKey: newId(),
    }
    // The server stores it, and the answer never comes.
    const lossy = { ...eve.socket, command: lostAnswers(eve.socket) }
    const outbox = eve.outbox(lossy)
    void outbox.send('drawing:label', label).catch(() => undefined)
    await until(() => lossy.command.answered() > 0)
    outbox.close()
    first.link.close()

    const sent: string[] = []
    const counting: RoomSocket['command'] = (name, payload, options) => {
      sent.push(name)
      return eve.socket.command(name, payload, options)
    }
    const restored = eve.outbox({ status: eve.socket.status, command: counting })
    restored.restore()
    await until(() => sent.length === 1 && restored.states.value.size === 0)
    const { counts } = await owner.join(projectId)
    expect(counts.byClass[classId]).toBe(counts.total)
    const before = counts.total
    expect(before).toBeGreaterThan(0)
    const again = eve.outbox({ status: eve.socket.status, command: counting })
    again.restore()
    await expect.poll(async () => (await localDb())?.count('commands')).toBe(0)
    expect((await owner.join(projectId)).counts.total).toBe(before)
  })

  it('[OFF-9] drawn and labelled while away arrive after a reload, strokes first', async () => {
    const ida = await somebody('Ida')
    const canvasId = await newCanvas()
    const first = ida.open(canvasId)
    await isLive(first)
    first.link.commit(newId(), stroke)
    await isSaved(first)
    first.link.close()
    const away = ida.openAway(canvasId)
    await until(() => shown(away).length === 1)
    away.link.commit(newId(), stroke)
    const turn = away.link.canvas.turn()
    const next = newId()
    away.link.commit(next, stroke)
    const offline = ida.outbox({ status: shallowRef('offline'), command: noSocket.command })
    void offline
      .send('drawing:label', {
        canvasId,
        pageId: turn?.pageId ?? '',
        classId,
        stateVector: turn?.stateVector ?? new Uint8Array(),
        idempotencyKey: newId(),
      })
      .catch(() => undefined)
    expect([...offline.states.value.values()]).toEqual(['kept'])
    await until(() => offline.unkept.value === 0)
    offline.close()
    await reloadAfter(away, 2)

    const before = (await owner.join(projectId)).counts.total
    const lost: LostCommand[] = []
    const restored = ida.outbox(ida.socket, { onLost: (one) => lost.push(one) })
    restored.restore()
    const back = ida.open(canvasId)
    await isSaved(back)
    await expect.poll(async () => (await owner.join(projectId)).counts.total).toBe(before + 1)
    await until(() => restored.states.value.size === 0)
    expect(lost).toEqual([])
    expect(shown(back)).toEqual([next])
  })

  it('[OFF-10] that the server refuses for good are told and dropped, and the strokes stay', async () => {
    const jo = await somebody('Jo')
    const canvasId = await newCanvas()
    const offline = jo.outbox({ status: shallowRef('offline'), command: noSocket.command })
    void offline
      .send('drawing:label', {
        canvasId,
        pageId: newId(),
        classId,
        stateVector: new Uint8Array([0]),
        idempotencyKey: newId(),
      })
      .catch(() => undefined)
    await until(() => offline.unkept.value === 0)
    offline.close()
    const lost: LostCommand[] = []
    const restored = jo.outbox(jo.socket, { onLost: (one) => lost.push(one) })
    restored.restore()
    await until(() => lost.length === 1)
    expect(lost[0]?.error.code).toBe('unknown-page')
    await expect.poll(async () => (await localDb())?.count('commands')).toBe(0)
  })
})

/** Passes commands on and loses the answers. */
function lostAnswers(socket: RoomSocket): RoomSocket['command'] & { answered(): number } {
  let answered = 0
  const command: RoomSocket['command'] = async (name, payload, options) => {
    await socket.command(name, payload, options)
    answered++
    return new Promise(() => undefined)
  }
  return Object.assign(command, { answered: () => answered })
}
