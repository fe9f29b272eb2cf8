import { WebSocket } from 'ws'
import { decodeRoomInk, type RoomInk } from '../../shared/protocol/ink.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { Client } from './clients.ts'

/** Somebody in a room, by hand on a WebSocket that can be left unread. */
export class SlowReader {
  readonly ink: RoomInk[] = []
  readonly events: string[] = []
  readonly closed: Promise<void>
  private attached: string | null = null
  private readonly socket: WebSocket
  private joined: () => void = () => undefined
  private readonly inRoom = new Promise<void>((resolve) => (this.joined = resolve))

  private constructor(
    client: Client,
    private readonly projectId: string,
  ) {
    this.socket = new WebSocket(`${client.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()))
    this.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.take(data)
      else this.hear(data.toString(), client.token ?? '')
    })
  }

  /** Resolves when the person is in the room. */
  static async enter(client: Client, projectId: string): Promise<SlowReader> {
    const reader = new SlowReader(client, projectId)
    await reader.inRoom
    return reader
  }

  /** Reads nothing from now on: what is sent piles up at the server. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Sends a command whose answer nobody waits for. */
  ask(name: string, payload: unknown): void {
    this.socket.send(`429${JSON.stringify([name, payload])}`)
  }

  leave(): void {
    this.socket.close()
  }

  private hear(packet: string, token: string): void {
    if (packet.startsWith('0')) this.socket.send(`40${JSON.stringify({ token })}`)
    else if (packet === '2') this.socket.send('3')
    else if (packet.startsWith('40')) {
      this.socket.send(
        `421${JSON.stringify(['room:join', { projectId: this.projectId, protocol: PROTOCOL_VERSION }])}`,
      )
    } else if (packet.startsWith('431')) this.joined()
    const event = /^4(?:2|51-)\["([^"]+)"/.exec(packet)?.[1]
    if (event === undefined) return
    this.events.push(event)
    this.attached = packet.startsWith('45') ? event : null
  }

  private take(bytes: Buffer): void {
    if (this.attached === 'ink') this.ink.push(...decodeRoomInk(new Uint8Array(bytes)))
    this.attached = null
  }
}
