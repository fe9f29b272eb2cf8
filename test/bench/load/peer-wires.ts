import { once } from 'node:events'
import * as decoding from 'lib0/decoding'
import { io } from 'socket.io-client'
import { WebSocket, type RawData } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { decodeInk, encodeInk } from '../../../shared/protocol/ink.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { readOnce, tailsOf, type Heard, type OpenWire, type Target, type Wire } from './wire.ts'

const CANVAS = 'c1'
const DOCUMENT = 'room'
/** Of the y-websocket protocol: the first two bytes of an update. */
const UPDATE = [0, 2]

const readPacket = (bytes: Uint8Array): Int32Array => tailsOf(decodeInk(bytes))
const readPacketOnce = readOnce(readPacket)

/** Packets of one tick, each after its length. */
const readBatch = (bytes: Uint8Array): Int32Array => {
  const from = decoding.createDecoder(bytes)
  const tails: number[] = []
  while (decoding.hasContent(from)) tails.push(...readPacket(decoding.readVarUint8Array(from)))
  return Int32Array.from(tails)
}
const readBatchOnce = readOnce(readBatch)

/** What an update sets, which is a packet of ink. */
const readUpdateOnce = readOnce((bytes) => {
  const update = decoding.readVarUint8Array(decoding.createDecoder(bytes.subarray(UPDATE.length)))
  const tails: number[] = []
  for (const struct of Y.decodeUpdate(update).structs) {
    if (struct instanceof Y.Item && struct.content instanceof Y.ContentBinary)
      tails.push(...readPacket(struct.content.content))
  }
  return Int32Array.from(tails)
})

const plainWs =
  (read: typeof readBatch): OpenWire =>
  async ({ url }, _index, heard) => {
    const socket = await connected(url, (bytes) => heard(read(bytes)))
    return {
      canvasId: CANVAS,
      send: (messages) => socket.send(encodeInk(messages)),
      close: () => socket.terminate(),
    }
  }

async function rawSocketIo({ url }: Target, _index: number, heard: Heard): Promise<Wire> {
  const socket = new RawSocket(url, (_event, bytes) => heard(readPacketOnce(bytes)))
  await socket.connect({})
  return {
    canvasId: CANVAS,
    send: (messages) => socket.emit('ink', encodeInk(messages)),
    close: () => socket.close(),
  }
}

async function realSocketIo({ url }: Target, _index: number, heard: Heard): Promise<Wire> {
  const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true })
  socket.on('ink', (bytes: Uint8Array) => heard(readPacket(new Uint8Array(bytes))))
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', () => resolve())
    socket.on('connect_error', reject)
  })
  return {
    canvasId: CANVAS,
    send: (messages) => socket.emit('ink', encodeInk(messages)),
    close: () => void socket.disconnect(),
  }
}

/** Draws as Yjs clients do, an update a message; what it receives is counted and not applied. */
async function rawYWebsocket({ url }: Target, _index: number, heard: Heard): Promise<Wire> {
  const doc = new Y.Doc()
  const socket = await connected(`${url}/${DOCUMENT}`, (bytes) => {
    if (bytes[0] === UPDATE[0] && bytes[1] === UPDATE[1]) heard(readUpdateOnce(bytes))
  })
  doc.on('update', (update: Uint8Array) => {
    const length: number[] = []
    for (let rest = update.byteLength; ; rest >>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest)
      if (rest <= 127) break
    }
    socket.send(Buffer.concat([Uint8Array.from([...UPDATE, ...length]), update]))
  })
  return { canvasId: CANVAS, send: writeInto(doc), close: () => socket.terminate() }
}

async function realYWebsocket({ url }: Target, _index: number, heard: Heard): Promise<Wire> {
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(url, DOCUMENT, doc, { disableBc: true })
  provider.awareness.setLocalState(null)
  const strokes = doc.getMap<Uint8Array>('strokes')
  strokes.observe(({ keysChanged }, { local }) => {
    if (local) return
    for (const key of keysChanged as Set<string>) {
      const packet = strokes.get(key)
      if (packet) heard(readPacket(packet))
    }
  })
  await new Promise<void>((resolve) => provider.once('sync', () => resolve()))
  return { canvasId: CANVAS, send: writeInto(doc), close: () => provider.destroy() }
}

/** A tail is the newest value of its stroke's key. */
function writeInto(doc: Y.Doc): Wire['send'] {
  const strokes = doc.getMap<Uint8Array>('strokes')
  return (messages) => {
    for (const message of messages)
      if (message.kind === 'tail') strokes.set(message.strokeId, encodeInk([message]))
  }
}

async function connected(url: string, heard: (bytes: Uint8Array) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (data: RawData) => {
    if (data instanceof Buffer) heard(data)
  })
  await once(socket, 'open')
  return socket
}

export const rawPeers: Record<Exclude<Target['kind'], 'trainboard'>, OpenWire> = {
  'plain-ws': plainWs(readBatchOnce),
  'socket-io': rawSocketIo,
  'y-websocket': rawYWebsocket,
}
export const realPeers: typeof rawPeers = {
  'plain-ws': plainWs(readBatch),
  'socket-io': realSocketIo,
  'y-websocket': realYWebsocket,
}
