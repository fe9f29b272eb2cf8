import type { EventEmitter } from 'node:events'
import { MAX_CANVAS_BYTES } from '../../shared/canvas/limits.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'
import type { CanvasDocument } from './canvas-document.ts'
import type { FanOut, Reader } from './fan-out.ts'
import { UpdateRefused } from './inspect-update.ts'
import { heartbeatMessage, readMessage, step1Message, step2Message, type SyncMessage } from './messages.ts'

/** Largest message until the client has answered the first SyncStep1, and afterwards. */
export const MAX_FIRST_MESSAGE = 5_000_000
const MAX_MESSAGE = 256_000
/** Messages a second and at once; a pen-up makes one, strokes put back after a rebuild a burst. */
const MESSAGES = { rate: 120, burst: 1_000 }
/** Bytes waiting in a socket above which its reader is too slow. */
const MAX_WAITING_BYTES = 4_000_000
/** The same until the first sync is through, which alone may take a whole canvas or two. */
const MAX_FIRST_WAITING_BYTES = 2 * MAX_CANVAS_BYTES + MAX_WAITING_BYTES
/** Bytes of a close frame's reason. */
const MAX_REASON_BYTES = 123

export interface OpenCanvas {
  readonly document: CanvasDocument
  readonly fanOut: FanOut
  readonly userId: string
  /** Whether the person may draw on this canvas; decided when the connection opened. */
  readonly mayDraw: boolean
  readonly release: () => void
}

type Phase =
  | { readonly kind: 'opening'; readonly held: Uint8Array[] }
  | { readonly kind: 'open'; readonly canvas: OpenCanvas; synced: boolean }
  | { readonly kind: 'closed' }

/** What a connection needs of a socket; one of `ws` is one. */
export interface SyncSocket extends EventEmitter {
  binaryType: 'nodebuffer' | 'arraybuffer' | 'fragments' | 'blob'
  readonly readyState: number
  readonly OPEN: number
  readonly bufferedAmount: number
  send(message: Uint8Array): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface ConnectionOptions {
  readonly socket: SyncSocket
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** Whether updates are taken in; asked for each. */
  readonly takesUpdates: () => boolean
}

/**
 * One person's socket to one canvas. Messages that arrive while it opens are held; from then on each is handled
 * whole before the next, so their order is the order of arrival.
 */
export class SyncConnection implements Reader {
  private phase: Phase = { kind: 'opening', held: [] }
  private readonly bucket: TokenBucket
  private answered = true
  /** Bytes received before the first sync was through. */
  private early = 0

  constructor(private readonly options: ConnectionOptions) {
    const { socket, clock } = options
    this.bucket = new TokenBucket(clock, MESSAGES.rate, MESSAGES.burst)
    socket.binaryType = 'nodebuffer'
    socket.on('message', (data: unknown) => {
      if (data instanceof Buffer) this.receive(data)
      else this.close(closeCodes.rebuild, 'one binary message at a time')
    })
    socket.on('pong', () => (this.answered = true))
    socket.on('close', () => this.end())
    socket.on('error', (error: unknown) => options.log.debug({ err: error }, 'a canvas socket failed'))
  }

  /** The open canvas, null before and after. */
  get canvas(): OpenCanvas | null {
    return this.phase.kind === 'open' ? this.phase.canvas : null
  }

  get closed(): boolean {
    return this.phase.kind === 'closed'
  }

  /** Goes from opening to open: the first exchange starts and the held messages are handled. */
  open(canvas: OpenCanvas): void {
    if (this.phase.kind !== 'opening') {
      canvas.release()
      return
    }
    const { held } = this.phase
    this.phase = { kind: 'open', canvas, synced: false }
    canvas.fanOut.add(this)
    this.send(step1Message(canvas.document.doc))
    for (const bytes of held) this.handle(bytes)
  }

  send(message: Uint8Array): void {
    const { socket, metrics } = this.options
    if (socket.readyState !== socket.OPEN) return
    const most = this.phase.kind === 'open' && this.phase.synced ? MAX_WAITING_BYTES : MAX_FIRST_WAITING_BYTES
    if (socket.bufferedAmount > most) {
      metrics?.count('slow_readers')
      this.close(closeCodes.overloaded, 'reading too slowly')
      socket.terminate()
      return
    }
    socket.send(message)
  }

  /** To be called at least every 30 s; ends a socket that did not answer since the last call. */
  heartbeat(): void {
    const { socket } = this.options
    if (!this.answered) {
      socket.terminate()
      return
    }
    this.answered = false
    socket.ping()
    this.send(heartbeatMessage)
  }

  close(code: number, reason: string): void {
    this.options.socket.close(code, closeReason(reason))
    this.end()
  }

  private end(): void {
    const { phase } = this
    this.phase = { kind: 'closed' }
    if (phase.kind !== 'open') return
    phase.canvas.fanOut.remove(this)
    phase.canvas.release()
  }

  private receive(bytes: Uint8Array): void {
    const { phase } = this
    if (phase.kind === 'closed') return
    if (phase.kind === 'opening' || !phase.synced) this.early += bytes.byteLength
    const held = phase.kind === 'opening' ? phase.held : []
    if (this.early > MAX_FIRST_MESSAGE || held.length >= MESSAGES.burst) {
      this.close(closeCodes.overloaded, 'too much before the first sync')
    } else if (phase.kind === 'opening') held.push(bytes)
    else this.handle(bytes)
  }

  private handle(bytes: Uint8Array): void {
    const { phase } = this
    if (phase.kind !== 'open') return
    if (phase.synced && bytes.byteLength > MAX_MESSAGE) {
      this.refuse(`a message has at most ${String(MAX_MESSAGE)} bytes`)
      return
    }
    if (!this.bucket.take()) {
      this.refuse('too many messages')
      return
    }
    let message: SyncMessage
    try {
      message = readMessage(bytes)
    } catch {
      this.refuse('not a message of the y-websocket protocol')
      return
    }
    this.act(message, phase)
  }

  private act(message: SyncMessage, phase: Extract<Phase, { kind: 'open' }>): void {
    const { canvas } = phase
    if (message.kind === 'step1') {
      try {
        this.send(step2Message(canvas.document.doc, message.stateVector))
      } catch {
        this.refuse('not a state vector')
      }
    } else if (message.kind === 'step2' || message.kind === 'update') {
      if (canvas.mayDraw) this.apply(message, phase)
      if (message.kind === 'step2') phase.synced = true
    }
  }

  private apply(
    message: Extract<SyncMessage, { kind: 'step2' | 'update' }>,
    { canvas }: Extract<Phase, { kind: 'open' }>,
  ): void {
    const { document, userId } = canvas
    if (!this.options.takesUpdates()) {
      this.close(closeCodes.restarting, 'the server is stopping')
      return
    }
    try {
      const { waiting } = document.apply(message.update, { userId, live: message.kind === 'update' }, this)
      // Asked once an update: an answer that still lacks something would otherwise be asked for again and again.
      if (waiting && message.kind === 'update') this.send(step1Message(document.doc))
    } catch (error) {
      if (!(error instanceof UpdateRefused)) {
        this.options.log.error({ err: error, canvasId: document.canvasId }, 'an update could not be applied')
      }
      this.refuse(error instanceof UpdateRefused ? error.message : 'the update could not be applied')
    }
  }

  /** Never drops an update silently: the client is told to build its document anew. */
  private refuse(reason: string): void {
    const { log, metrics } = this.options
    metrics?.count('updates_refused')
    log.info({ reason, userId: this.canvas?.userId }, 'an update was refused')
    this.close(closeCodes.rebuild, reason)
  }
}

/** The reason as it fits into a close frame, cut between two characters. */
function closeReason(reason: string): string {
  let bytes = 0
  let fits = ''
  for (const character of reason) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_REASON_BYTES) break
    fits += character
  }
  return fits
}
