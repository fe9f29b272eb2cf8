import type { EventEmitter } from 'node:events'
import { MAX_CANVAS_BYTES } from '../../shared/canvas/limits.ts'
import { closeCodes } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import { inSlices, once } from '../ops/slices.ts'
import type { LimitName, RoomLog, RoomMetrics } from '../rooms/ports.ts'
import { TokenBucket } from '../rooms/token-bucket.ts'
import type { Bringer } from './canvas-clients.ts'
import type { Applied, CanvasDocument } from './canvas-document.ts'
import type { FanOut, Reader } from './fan-out.ts'
import { UpdateRefused } from './inspect-update.ts'
import { heartbeatMessage, readMessage, step1Message, type SyncMessage } from './messages.ts'

/** Largest message until the client has answered the first SyncStep1, and afterwards. */
export const MAX_FIRST_MESSAGE = 5_000_000
const MAX_MESSAGE = 256_000
/** Messages a second and at once; a pen-up makes one, strokes put back after a rebuild a burst. */
const MESSAGES = { rate: 120, burst: 1_000 }
/** Bytes waiting in a socket above which its reader is too slow. */
const MAX_WAITING_BYTES = 4_000_000
/** The same until the first sync is through, which alone may take a whole canvas or two. */
const MAX_FIRST_WAITING_BYTES = 2 * MAX_CANVAS_BYTES + MAX_WAITING_BYTES
/** Bytes of a document above which encoding an answer waits for its turn. */
const LARGE_DOCUMENT = 50_000
/** Bytes of a close frame's reason. */
const MAX_REASON_BYTES = 123

export interface OpenCanvas {
  readonly document: CanvasDocument
  readonly fanOut: FanOut
  readonly userId: string
  /** Whether the person may draw on this canvas; decided when the connection opened. */
  readonly mayDraw: boolean
  /** Whether the person's pen works here now; asked for each update that brings something. */
  readonly mayInk: () => boolean
  /** Yjs clients under which the person says to have drawn while away. */
  readonly declared: ReadonlySet<number>
  readonly release: () => void
}

type Phase =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly canvas: OpenCanvas; synced: boolean }
  | { readonly kind: 'closed' }
type OpenPhase = Extract<Phase, { kind: 'open' }>

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
 * One person's socket to one canvas. Messages are handled one after the other in the order of their arrival: those
 * that come while the canvas opens, or while one before them is handled in slices, wait.
 */
export class SyncConnection implements Reader {
  private phase: Phase = { kind: 'opening' }
  private readonly bucket: TokenBucket
  private answered = true
  /** Messages that wait, and their bytes. */
  private readonly inbox: Uint8Array[] = []
  private waitingBytes = 0
  /** Whether a message is being handled in slices. */
  private busy = false
  /** Bytes received before the first sync was through. */
  private early = 0

  constructor(private readonly options: ConnectionOptions) {
    const { socket, clock } = options
    this.bucket = new TokenBucket(clock, MESSAGES.rate, MESSAGES.burst)
    socket.binaryType = 'nodebuffer'
    socket.on('message', (data: unknown) => {
      // A copy of exactly its bytes: a length that lies cannot reach into what else is in the socket's memory.
      if (data instanceof Buffer) this.receive(new Uint8Array(data))
      else this.close(closeCodes.rebuild, 'one binary message at a time')
    })
    socket.on('pong', () => (this.answered = true))
    socket.on('close', () => this.end())
    socket.on('error', (error: unknown) => this.failed(error))
  }

  /** The open canvas, null before and after. */
  get canvas(): OpenCanvas | null {
    return this.phase.kind === 'open' ? this.phase.canvas : null
  }

  get closed(): boolean {
    return this.phase.kind === 'closed'
  }

  /** Goes from opening to open: the first exchange starts and the messages that wait are handled. */
  open(canvas: OpenCanvas): void {
    if (this.phase.kind !== 'opening') {
      canvas.release()
      return
    }
    this.phase = { kind: 'open', canvas, synced: false }
    canvas.fanOut.add(this)
    this.send(step1Message(canvas.document.doc))
    this.handleWaiting()
  }

  send(message: Uint8Array): void {
    const { socket, metrics } = this.options
    if (socket.readyState !== socket.OPEN) return
    const most = this.phase.kind === 'open' && this.phase.synced ? MAX_WAITING_BYTES : MAX_FIRST_WAITING_BYTES
    if (socket.bufferedAmount > most) {
      metrics?.count('slow_readers')
      // Nothing more is sent; who reads what waits finds the code behind it, who does not is dropped after a while.
      this.cutOff('slow-reader', 'reading too slowly')
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

  /** Closes a connection that goes over a limit, after which the client may come back. */
  cutOff(limit: LimitName, reason: string): void {
    this.options.metrics?.refused(limit)
    this.close(closeCodes.overloaded, reason)
  }

  private end(): void {
    const { phase } = this
    this.phase = { kind: 'closed' }
    this.inbox.length = 0
    if (phase.kind !== 'open') return
    phase.canvas.fanOut.remove(this)
    phase.canvas.release()
  }

  private failed(error: unknown): void {
    const { log, metrics } = this.options
    const tooLong =
      error instanceof Error && 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    if (tooLong) metrics?.refused('frame-bytes')
    log.debug({ err: error }, 'a canvas socket failed')
  }

  private receive(bytes: Uint8Array): void {
    const { phase } = this
    if (phase.kind === 'closed') return
    if (phase.kind === 'opening' || !phase.synced) this.early += bytes.byteLength
    this.waitingBytes += bytes.byteLength
    if (this.early > MAX_FIRST_MESSAGE || this.waitingBytes > MAX_FIRST_MESSAGE) {
      this.cutOff('first-sync-bytes', 'too many bytes at once')
    } else if (this.inbox.length >= MESSAGES.burst) {
      this.cutOff('sync-messages', 'too much at once')
    } else {
      this.inbox.push(bytes)
      this.handleWaiting()
    }
  }

  private handleWaiting(): void {
    while (!this.busy && this.phase.kind === 'open') {
      const bytes = this.inbox.shift()
      if (!bytes) return
      this.waitingBytes -= bytes.byteLength
      const longer = this.handle(bytes, this.phase)
      if (!longer) continue
      this.busy = true
      void longer.finally(() => {
        this.busy = false
        this.handleWaiting()
      })
    }
  }

  /** Handles a message at once, or answers what it still takes; that never rejects. */
  private handle(bytes: Uint8Array, phase: OpenPhase): Promise<void> | null {
    if (phase.synced && bytes.byteLength > MAX_MESSAGE) {
      this.refuse('frame-bytes', `a message has at most ${String(MAX_MESSAGE)} bytes`)
      return null
    }
    if (!this.bucket.take()) {
      this.cutOff('sync-messages', 'too many messages')
      return null
    }
    let message: SyncMessage
    try {
      message = readMessage(bytes)
    } catch {
      this.refuse('not-canvas-content', 'not a message of the y-websocket protocol')
      return null
    }
    if (message.kind === 'ignored') return null
    if (message.kind === 'step1') return this.answer(message.stateVector, phase)
    const longer = phase.canvas.mayDraw ? this.apply(message, phase) : null
    if (message.kind === 'step2') phase.synced = true
    return longer
  }

  /** Large documents are encoded and sent a turn at a time, so that a hundred people who come at once take turns. */
  private answer(stateVector: Uint8Array, { canvas }: OpenPhase): Promise<void> | null {
    const say = (): void => {
      if (this.phase.kind !== 'open') return
      try {
        this.send(canvas.document.answer(stateVector))
      } catch {
        this.refuse('not-canvas-content', 'not a state vector')
      }
    }
    if (canvas.document.ledger.bytes > LARGE_DOCUMENT) return inSlices(once(say))
    say()
    return null
  }

  private apply(
    message: Extract<SyncMessage, { kind: 'step2' | 'update' }>,
    { canvas }: OpenPhase,
  ): Promise<void> | null {
    const { document, userId, declared, mayInk } = canvas
    const { update, kind } = message
    if (!this.options.takesUpdates()) {
      this.close(closeCodes.restarting, 'the server is stopping')
      return null
    }
    const bringer: Bringer = { userId, live: kind === 'update', declared, mayInk }
    const applied = ({ waiting }: Applied): void => {
      // Asked once an update: an answer that still lacks something would otherwise be asked for again and again.
      if (waiting && bringer.live && this.phase.kind === 'open') this.send(step1Message(document.doc))
    }
    try {
      if (document.isLong(update)) {
        const wanted = (): boolean => this.phase.kind === 'open' && this.options.takesUpdates()
        return document
          .applyInSlices(update, bringer, this, wanted)
          .then(applied)
          .catch((error: unknown) => this.notApplied(error, document))
      }
      applied(document.apply(update, bringer, this))
    } catch (error) {
      this.notApplied(error, document)
    }
    return null
  }

  private notApplied(error: unknown, { canvasId }: CanvasDocument): void {
    if (error instanceof UpdateRefused) {
      // What the store cannot take now it may take soon: the client keeps it and brings it again.
      if (error.limit === 'unsaved-bytes' || error.limit === 'unsaved-server')
        this.cutOff(error.limit, error.message)
      else this.refuse(error.limit, error.message)
      return
    }
    this.options.log.error({ err: error, canvasId }, 'an update could not be applied')
    this.refuse('not-canvas-content', 'the update could not be applied')
  }

  /** Never drops an update silently: the client is told to build its document anew. */
  private refuse(limit: LimitName, reason: string): void {
    if (this.phase.kind === 'closed') return
    const { log, metrics } = this.options
    metrics?.count('updates_refused')
    metrics?.refused(limit)
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
