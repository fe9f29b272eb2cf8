import { EventEmitter } from 'node:events'
import * as Y from 'yjs'
import { expect, it } from 'vitest'
import { CanvasDocument } from '../../../server/sync/canvas-document.ts'
import { SyncConnection, type SyncSocket } from '../../../server/sync/connection.ts'
import { FanOut } from '../../../server/sync/fan-out.ts'
import { updateMessage } from '../../../server/sync/messages.ts'
import { MemoryCanvases } from '../../support/canvas-store.ts'
import { largeCanvas } from '../../support/large-canvas.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const clock = { now: () => Date.now() }

class FakeSocket extends EventEmitter implements SyncSocket {
  binaryType: SyncSocket['binaryType'] = 'nodebuffer'
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  closedWith = 0
  send(): void {
    return undefined
  }
  ping(): void {
    return undefined
  }
  close(code: number): void {
    this.closedWith = code
    this.readyState = 3
  }
  terminate(): void {
    this.readyState = 3
  }
}

async function opened() {
  const document = await CanvasDocument.load('c', {
    store: new MemoryCanvases(),
    log,
    clock,
    metrics: undefined,
    onSaved: () => undefined,
    onFilled: () => undefined,
    onBrought: () => undefined,
  })
  const socket = new FakeSocket()
  const connection = new SyncConnection({ socket, log, clock, metrics: undefined, takesUpdates: () => true })
  connection.open({
    document,
    fanOut: new FanOut(document.doc),
    userId: 'ada',
    mayDraw: true,
    mayInk: () => true,
    declared: new Set(),
    release: () => undefined,
  })
  return { document, socket, connection }
}

it('[SYNC-29] a message cut short reads nothing of what lies behind it in memory', async () => {
  const { document, socket } = await opened()
  const before = document.pageIds()
  const doc = new Y.Doc()
  doc.getArray('pages').insert(0, [new Y.Map([['id', 'theirs']])])
  const whole = Buffer.from(updateMessage(Y.encodeStateAsUpdate(doc)))
  socket.emit('message', whole.subarray(0, whole.byteLength - 6))
  expect(socket.closedWith).toBe(4409)
  expect(document.pageIds()).toEqual(before)
})

it('[SYNC-31] a reader who falls behind is let go with 1013; others are not slowed', async () => {
  const { socket, connection } = await opened()
  socket.bufferedAmount = 20_000_000
  connection.send(updateMessage(Y.encodeStateAsUpdate(largeCanvas(1))))
  expect(socket.closedWith).toBe(1013)
  expect(connection.closed).toBe(true)
})
