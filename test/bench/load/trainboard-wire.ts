import type { Ack, RoomState } from '../../../shared/protocol/events.ts'
import { decodeRoomInk, encodeInk } from '../../../shared/protocol/ink.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { Client } from '../../support/clients.ts'
import { RawSocket } from '../../support/raw-socket.ts'
import { readOnce, tailsOf, type Heard, type Target, type Wire } from './wire.ts'

const read = (bytes: Uint8Array): Int32Array => tailsOf(decodeRoomInk(bytes).map(({ message }) => message))
const readShared = readOnce(read)

/** A client of the product by hand. */
export async function openRaw(target: Target, index: number, heard: Heard): Promise<Wire> {
  const { client, projectId, shared } = await comeIn(target, index)
  const socket = new RawSocket(target.url, (event, bytes) => {
    if (event === 'ink') heard(readShared(bytes))
  })
  await socket.connect({ token: client.token })
  const reply = (await socket.ask('room:join', { projectId, protocol: PROTOCOL_VERSION })) as Ack<RoomState>
  if ('error' in reply) throw new Error(`room:join: ${reply.error.code}: ${reply.error.detail}`)
  return {
    canvasId: reply.ok.you.canvasId ?? shared(index),
    send: (messages) => socket.emit('ink', encodeInk(messages)),
    close: () => socket.close(),
  }
}

/** A client of the product as published. */
export async function openReal(target: Target, index: number, heard: Heard): Promise<Wire> {
  const { client, projectId, shared } = await comeIn(target, index)
  const { you } = await client.join(projectId)
  client.socket.on('ink', (batch) => heard(read(new Uint8Array(batch))))
  return {
    canvasId: you.canvasId ?? shared(index),
    send: (messages) => client.ink(...messages),
    close: () => client.leave(),
  }
}

async function comeIn(
  { url, room }: Target,
  index: number,
): Promise<{ client: Client; projectId: string; shared: (index: number) => string }> {
  if (!room) throw new Error('there is no room to come into')
  const client = await Client.arrive(url, `Client ${String(index)}`)
  await client.joinByCode(room.code)
  const shared = (at: number): string => room.shared[at % room.shared.length] ?? ''
  return { client, projectId: room.projectId, shared }
}
