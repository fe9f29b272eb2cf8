import { EventEmitter } from 'node:events'
import type { SyncSocket } from '../../../server/sync/connection.ts'
import type { Dice } from '../draw.ts'

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3
/** The code that a peer sees when the line is cut. */
const CUT = 1006

/** Where an address leads at the moment; null while nobody listens there. */
export type Listener = (socket: ServerSocket, url: string, protocols: readonly string[]) => void

/** One person's way to the server: its delay, and whether there is one. */
export class Line {
  private up = true
  private readonly sockets = new Set<ClientSocket>()

  constructor(
    private readonly dice: Dice,
    private readonly delay: { least: number; most: number },
    readonly listener: () => Listener | null,
  ) {}

  get online(): boolean {
    return this.up
  }

  /** Ms until what is sent now arrives. */
  latency(): number {
    return this.dice.int(this.delay.least, this.delay.most)
  }

  add(socket: ClientSocket): void {
    this.sockets.add(socket)
  }

  remove(socket: ClientSocket): void {
    this.sockets.delete(socket)
  }

  /** Cuts all connections; the server may hear of it later than the client. */
  cut(): void {
    for (const socket of [...this.sockets]) socket.cut(this.dice.chance(0.5) ? this.dice.int(0, 6_000) : 0)
  }

  down(): void {
    this.up = false
    this.cut()
  }

  restore(): void {
    this.up = true
  }
}

/** Whoever is at the other end of a server's socket. */
export interface Peer {
  deliver(message: Uint8Array<ArrayBuffer>): void
  pong(): void
  closedByServer(code: number, reason: string): void
  /** The line is cut; the server hears of it `lateMs` later. */
  cut(lateMs: number): void
}

/** The server's end of a connection, as `ws` has it. */
export class ServerSocket extends EventEmitter implements SyncSocket {
  binaryType: SyncSocket['binaryType'] = 'nodebuffer'
  readonly OPEN = OPEN
  readonly bufferedAmount = 0
  readyState = OPEN

  constructor(private readonly peer: Peer) {
    super()
  }

  send(message: Uint8Array): void {
    if (this.readyState === OPEN) this.peer.deliver(Uint8Array.from(message))
  }

  ping(): void {
    if (this.readyState === OPEN) this.peer.pong()
  }

  close(code: number, reason: string): void {
    if (this.readyState !== OPEN) return
    this.readyState = CLOSING
    this.peer.closedByServer(code, reason)
  }

  terminate(): void {
    this.peer.cut(0)
  }

  receive(message: Uint8Array): void {
    if (this.readyState === OPEN) this.emit('message', Buffer.from(message))
  }

  end(): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.emit('close')
  }
}

interface Closing {
  readonly code: number
  readonly reason: string
}

/** The browser's end, with the part of WebSocket that y-websocket uses. Each direction keeps its order. */
export class ClientSocket implements Peer {
  binaryType = 'arraybuffer'
  readonly CONNECTING = CONNECTING
  readonly OPEN = OPEN
  readonly CLOSING = CLOSING
  readonly CLOSED = CLOSED
  readyState = CONNECTING
  onopen: (() => void) | null = null
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
  onclose: ((event: Closing) => void) | null = null
  onerror: ((event: object) => void) | null = null
  private server: ServerSocket | null = null
  private readonly up = new Way()
  private readonly down = new Way()
  private wireCut = false

  constructor(
    private readonly line: Line,
    readonly url: string,
    protocols: string | readonly string[] = [],
  ) {
    line.add(this)
    setTimeout(() => this.open(typeof protocols === 'string' ? [protocols] : protocols), line.latency())
  }

  send(message: Uint8Array): void {
    if (this.readyState !== OPEN) return
    const copy = message.slice()
    this.toServer(() => this.server?.receive(copy))
  }

  close(): void {
    if (this.readyState === CLOSED) return
    if (this.readyState === OPEN) this.toServer(() => this.server?.end())
    this.finish({ code: 1005, reason: '' })
  }

  cut(lateMs: number): void {
    if (this.wireCut) return
    this.wireCut = true
    const { server } = this
    if (server) {
      if (lateMs > 0) setTimeout(() => server.end(), lateMs)
      else server.end()
    }
    this.finish({ code: CUT, reason: '' })
  }

  deliver(message: Uint8Array<ArrayBuffer>): void {
    this.toClient(() => {
      if (this.readyState !== OPEN) return
      this.onmessage?.({ data: message.buffer })
    })
  }

  pong(): void {
    const { server } = this
    this.toClient(() => this.toServer(() => server?.emit('pong')))
  }

  closedByServer(code: number, reason: string): void {
    this.toClient(() => {
      this.finish({ code, reason })
      this.server?.end()
    })
  }

  private open(protocols: readonly string[]): void {
    if (this.readyState !== CONNECTING) return
    const listener = this.line.online ? this.line.listener() : null
    if (!listener) {
      this.onerror?.({})
      this.finish({ code: CUT, reason: '' })
      return
    }
    this.readyState = OPEN
    const server = new ServerSocket(this)
    this.server = server
    listener(server, this.url, protocols)
    this.onopen?.()
  }

  private finish(how: Closing): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.line.remove(this)
    this.onclose?.(how)
  }

  private toServer(deliver: () => void): void {
    this.up.send(() => {
      if (!this.wireCut) deliver()
    }, this.line.latency())
  }

  private toClient(deliver: () => void): void {
    this.down.send(() => {
      if (!this.wireCut) deliver()
    }, this.line.latency())
  }
}

/** One direction of a connection: what is sent arrives late, and in its order. */
export class Way {
  private readonly queue: (() => void)[] = []
  private lastAt = 0

  send(arrive: () => void, latency: number): void {
    this.lastAt = Math.max(this.lastAt, Date.now() + latency)
    this.queue.push(arrive)
    // Timers of one moment fire in any order.
    setTimeout(() => this.queue.shift()?.(), this.lastAt - Date.now())
  }
}
