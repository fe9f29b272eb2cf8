import type { Packet } from './packet.ts'
import type { RoomSocket } from './socket-types.ts'

/** What may wait for a connection before droppable packets are left out: a few ticks. */
const DROP_PACKETS = 4
const DROP_BYTES = 128_000
/** What may wait for a connection in all; above it its reader is cut off. One packet alone may be larger. */
export const MAX_WAITING_PACKETS = 4_000
export const MAX_WAITING_BYTES = 8_000_000

type Connection = Pick<RoomSocket['conn'], 'write' | 'transport' | 'on'>

/** The way out to one connection: what waits for its reader is counted and bounded. */
export class Reader {
  /** Given to the operating system, which has not taken all of it. */
  private handed = { packets: 0, bytes: 0 }
  /** Behind that. */
  private queued = { packets: 0, bytes: 0 }
  private behind = false

  /** `tooSlow` is called once, `leftOut` for each packet that is left out, `drained` when a reader of whom something was left out has read the rest. */
  constructor(
    private readonly connection: Connection,
    private readonly hear: { tooSlow(): void; leftOut(): void; drained(): void },
  ) {
    let cut = false
    connection.on('packetCreate', (packet: unknown) => {
      const before = this.handed.bytes + this.queued.bytes
      this.queued.packets++
      this.queued.bytes += sizeOf(packet)
      const packets = this.handed.packets + this.queued.packets
      if (cut || (packets <= MAX_WAITING_PACKETS && before <= MAX_WAITING_BYTES)) return
      cut = true
      hear.tooSlow()
    })
    connection.on('flush', () => {
      this.handed = this.queued
      this.queued = { packets: 0, bytes: 0 }
    })
    this.follow(connection.transport)
    connection.on('upgrade', () => this.follow(connection.transport))
  }

  /** Sends the packet, whatever waits already. */
  send({ text, binary, options }: Packet): void {
    const { connection } = this
    // A connection never goes back from WebSocket to polling, which would not know the finished frames.
    if (connection.transport.name === 'websocket') {
      connection.write(text, options)
      return
    }
    connection.write(text)
    if (binary) connection.write(Buffer.from(binary))
  }

  /** Sends the packet unless too much waits; then `drained` follows later. */
  offer(packet: Packet): boolean {
    if (!this.connection.transport.writable && this.full) {
      this.behind = true
      this.hear.leftOut()
      return false
    }
    this.send(packet)
    return true
  }

  private get full(): boolean {
    const { handed, queued } = this
    return queued.packets >= DROP_PACKETS || handed.bytes + queued.bytes >= DROP_BYTES
  }

  private follow(transport: Connection['transport']): void {
    // After Engine.IO's own listener, which hands over what is queued.
    transport.on('ready', () => {
      if (!transport.writable) return
      this.handed = { packets: 0, bytes: 0 }
      if (!this.behind) return
      this.behind = false
      this.hear.drained()
    })
  }
}

function sizeOf(packet: unknown): number {
  if (typeof packet !== 'object' || packet === null) return 0
  if ('options' in packet && isFramed(packet.options)) {
    return packet.options.wsPreEncodedFrame.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }
  if (!('data' in packet)) return 0
  const { data } = packet
  if (typeof data === 'string') return data.length
  return data instanceof Uint8Array ? data.byteLength : 0
}

function isFramed(options: unknown): options is { wsPreEncodedFrame: Uint8Array[] } {
  return (
    typeof options === 'object' &&
    options !== null &&
    'wsPreEncodedFrame' in options &&
    Array.isArray(options.wsPreEncodedFrame)
  )
}
