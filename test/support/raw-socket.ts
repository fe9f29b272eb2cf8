import { Socket } from 'engine.io-client'

/** Of Socket.IO's packets, by their first character. */
const CONNECTED = '0'
const REFUSED = '4'
const ACKNOWLEDGED = '3'
/** A binary event with one attachment, which follows as a message of its own. */
const BINARY_EVENT = /^51-\["([^"]+)"/

/**
 * A Socket.IO client by hand on Engine.IO, so that hundreds of them cost little: it speaks just what a load needs, and
 * leaves unread what nobody asked for.
 */
export class RawSocket {
  private readonly socket: Socket
  private readonly asked = new Map<number, (reply: unknown) => void>()
  private event: string | null = null
  private count = 0
  private greeted: ((refusal: string | null) => void) | null = null

  /** `heard` gets the attachment of each binary event with one attachment. */
  constructor(
    url: string,
    private readonly heard: (event: string, bytes: Uint8Array) => void,
    private readonly ended: (reason: string) => void = () => undefined,
  ) {
    this.socket = new Socket(url, { path: '/socket.io/', transports: ['websocket'] })
    this.socket.binaryType = 'nodebuffer'
    this.socket.on('message', (data: unknown) => this.take(data))
    this.socket.on('close', (reason) => {
      this.greeted?.(reason)
      this.ended(reason)
    })
  }

  /** Resolves when the namespace has let it in. @throws Error with the refusal */
  connect(auth: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.greeted = (refusal) => {
        this.greeted = null
        if (refusal === null) resolve()
        else reject(new Error(`not let in: ${refusal}`))
      }
      this.socket.on('open', () => this.socket.send(`0${JSON.stringify(auth)}`))
    })
  }

  /** The acknowledgement of an event; of one without binary values alone. */
  ask(event: string, payload: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      const id = ++this.count
      this.asked.set(id, resolve)
      this.socket.send(`2${String(id)}${JSON.stringify([event, payload])}`)
    })
  }

  /** An event with one binary value. */
  emit(event: string, bytes: Uint8Array): void {
    this.socket.send(`51-["${event}",{"_placeholder":true,"num":0}]`)
    this.socket.send(bytes.slice().buffer)
  }

  close(): void {
    this.socket.close()
  }

  private take(data: unknown): void {
    if (typeof data !== 'string') {
      if (this.event !== null && data instanceof Uint8Array) this.heard(this.event, data)
      this.event = null
      return
    }
    const binary = BINARY_EVENT.exec(data)
    if (binary) this.event = binary[1] ?? null
    else if (data.startsWith(CONNECTED)) this.greeted?.(null)
    else if (data.startsWith(REFUSED)) this.greeted?.(data)
    else if (data.startsWith(ACKNOWLEDGED)) this.answer(data)
  }

  private answer(data: string): void {
    const from = data.indexOf('[')
    const id = Number(data.slice(1, from))
    const [reply] = JSON.parse(data.slice(from)) as unknown[]
    this.asked.get(id)?.(reply)
    this.asked.delete(id)
  }
}
