import { ServerSocket, type Listener, type Peer } from '../converge/network.ts'
import type { Place } from '../converge/person.ts'

/** Bytes of a message that the server does not handle at once, but in turns. */
const LONG = 30_000
/** Why a message is refused before it is read. */
const UNREAD = /^(too m|a message has at most|reading too slowly)/

const UPDATE = Uint8Array.of(0, 2)
const STEP_1 = Uint8Array.of(0, 0)

/** A canvas connection of somebody who sends what they like, straight into the server's hands. */
export class HostileSocket implements Peer {
  private readonly server: ServerSocket
  private heard = false
  private resting = false
  private refusal = ''

  /** `overhear` gets the updates of others as they come. */
  constructor(
    listener: Listener,
    userId: string,
    { projectId, canvasId }: Place,
    private readonly overhear: (message: Uint8Array) => void,
  ) {
    this.server = new ServerSocket(this)
    listener(this.server, `ws://server/sync/${projectId}/${canvasId}.1`, ['trainboard', `token.${userId}`])
  }

  /** Whether the server has begun to talk, and handles at once what comes. */
  get isOpen(): boolean {
    return this.heard && !this.resting && this.server.readyState === this.server.OPEN
  }

  get closed(): boolean {
    return this.server.readyState !== this.server.OPEN
  }

  /** Answers whether the server read the message, rather than refusing it unread. */
  send(frame: Uint8Array): boolean {
    // What comes behind one that is handled in turns waits, and is not read if that one closes the connection.
    this.resting = frame.byteLength > LONG || begins(frame, STEP_1)
    this.refusal = ''
    this.server.receive(frame)
    return !UNREAD.test(this.refusal)
  }

  /** The time that a long message takes has passed. */
  rested(): void {
    this.resting = false
  }

  deliver(message: Uint8Array): void {
    this.heard = true
    if (begins(message, UPDATE)) this.overhear(message)
  }

  pong(): void {
    this.server.emit('pong')
  }

  closedByServer(_code: number, reason: string): void {
    this.refusal = reason
    setTimeout(() => this.server.end(), 1)
  }

  cut(): void {
    this.server.end()
  }
}

function begins(message: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => message[i] === byte)
}
