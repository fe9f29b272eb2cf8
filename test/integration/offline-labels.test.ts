import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { localDb } from '../../client/net/local-db.ts'
import type { LostCommand } from '../../client/net/outbox.ts'
import type { RoomSocket } from '../../client/net/socket.ts'
import { newId } from '../../shared/ids/id.ts'
import { createAwayRoom, isLive, isSaved, reloadAfter, shown, type AwayRoom } from '../support/away-room.ts'
import { line } from '../support/clients.ts'
import { newDevice, noSocket, until } from '../support/local-device.ts'
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

describe('labels kept on the device', () => {
  it('[OFF-8] are sent again after a reload although the answer was lost, and stored once', async () => {
    const eve = await room.somebody('Eve')
    const canvasId = await room.newCanvas()
    const first = eve.open(canvasId)
    await isLive(first)
    first.link.commit(newId(), stroke)
    await isSaved(first)
    const turn = first.link.canvas.turn()
    const label = {
      canvasId,
      pageId: turn?.pageId ?? '',
      classId: room.classId,
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
    const { counts } = await room.owner.join(room.projectId)
    expect(counts.byClass[room.classId]).toBe(counts.total)
    const before = counts.total
    expect(before).toBeGreaterThan(0)
    const again = eve.outbox({ status: eve.socket.status, command: counting })
    again.restore()
    await expect.poll(async () => (await localDb())?.count('commands')).toBe(0)
    expect((await room.owner.join(room.projectId)).counts.total).toBe(before)
  })

  it('[OFF-9] drawn and labelled while away arrive after a reload, strokes first', async () => {
    const ida = await room.somebody('Ida')
    const canvasId = await room.newCanvas()
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
        classId: room.classId,
        stateVector: turn?.stateVector ?? new Uint8Array(),
        idempotencyKey: newId(),
      })
      .catch(() => undefined)
    expect([...offline.states.value.values()]).toEqual(['kept'])
    await until(() => offline.unkept.value === 0)
    offline.close()
    await reloadAfter(away, 2)

    const before = (await room.owner.join(room.projectId)).counts.total
    const lost: LostCommand[] = []
    const restored = ida.outbox(ida.socket, { onLost: (one) => lost.push(one) })
    restored.restore()
    const back = ida.open(canvasId)
    await isSaved(back)
    await expect.poll(async () => (await room.owner.join(room.projectId)).counts.total).toBe(before + 1)
    await until(() => restored.states.value.size === 0)
    expect(lost).toEqual([])
    expect(shown(back)).toEqual([next])
  })

  it('[OFF-10] that the server refuses for good are told and dropped, and the strokes stay', async () => {
    const jo = await room.somebody('Jo')
    const canvasId = await room.newCanvas()
    const offline = jo.outbox({ status: shallowRef('offline'), command: noSocket.command })
    void offline
      .send('drawing:label', {
        canvasId,
        pageId: newId(),
        classId: room.classId,
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
