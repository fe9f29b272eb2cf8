import { shallowRef } from 'vue'
import { NoAnswerError } from '../../../client/net/no-answer.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { Ack, CommandResults, ServerToClientEvents } from '../../../shared/protocol/events.ts'
import type { CommandInput, CommandName } from '../../../shared/protocol/payloads.ts'
import { Way, type Line } from './network.ts'
import type { ServedRoom, SimServer } from './server.ts'

const RECONNECT_MS = 400
const COMMAND_TIMEOUT_MS = 10_000

interface Connection {
  readonly served: ServedRoom
  readonly up: Way
  readonly down: Way
}

/** The client's socket for commands and events over a line that may break; promises what `RoomSocket` does. */
export class SimRoomSocket implements RoomSocket {
  readonly status = shallowRef<SocketStatus>('connecting')
  private readonly handlers = new Map<string, Set<(payload: unknown) => void>>()
  private readonly reconnects = new Set<() => unknown>()
  private readonly waiting = new Set<() => void>()
  private readonly unanswered = new Set<() => void>()
  private connection: Connection | null = null
  private connections = 0
  private timer: NodeJS.Timeout | null = null
  private closed = false

  constructor(
    private readonly userId: string,
    private readonly line: Line,
    private readonly server: () => SimServer | null,
  ) {
    this.dial(0)
  }

  async command<C extends CommandName>(
    name: C,
    payload: CommandInput<C>,
    { timeoutMs = COMMAND_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<CommandResults[C]> {
    const deadline = Date.now() + timeoutMs
    await this.untilReady(name, timeoutMs)
    const { connection } = this
    if (!connection) throw new NoAnswerError(`no answer to ${name}`)
    return this.ask(connection, name, payload, Math.max(1, deadline - Date.now()))
  }

  on<E extends keyof ServerToClientEvents>(event: E, handler: ServerToClientEvents[E]): () => void {
    const listening = this.handlers.get(event) ?? new Set()
    this.handlers.set(event, listening)
    const untyped = handler as (payload: unknown) => void
    listening.add(untyped)
    return () => void listening.delete(untyped)
  }

  sendInk(): void {
    // Ink in progress leaves nothing behind, so that it is not part of these schedules.
  }

  onReconnect(handler: () => unknown): () => void {
    this.reconnects.add(handler)
    return () => void this.reconnects.delete(handler)
  }

  /** The line was cut, or the server is gone. */
  cut(serverHearsLateMs: number): void {
    const { connection } = this
    this.connection = null
    if (connection) {
      if (serverHearsLateMs > 0) setTimeout(() => connection.served.end(), serverHearsLateMs)
      else connection.served.end()
    }
    if (this.status.value !== 'connecting') this.status.value = 'offline'
    for (const tell of [...this.unanswered]) tell()
    if (!this.closed) this.dial(RECONNECT_MS)
  }

  close(): void {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    this.reconnects.clear()
    this.handlers.clear()
    this.cut(0)
    this.status.value = 'offline'
  }

  private dial(afterMs: number): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.timer = null
      void this.enter()
    }, afterMs + this.line.latency())
  }

  private async enter(): Promise<void> {
    this.connections++
    const socketId = `${this.userId}-${String(this.connections)}`
    const mine: { connection: Connection | null } = { connection: null }
    const served = this.line.online
      ? (this.server()?.connect(this.userId, socketId, (event, payload) => {
          if (mine.connection) this.told(mine.connection, event, payload)
        }) ?? null)
      : null
    if (!served) {
      this.status.value = 'offline'
      this.dial(RECONNECT_MS)
      return
    }
    const connection = { served, up: new Way(), down: new Way() }
    mine.connection = connection
    this.connection = connection
    await Promise.allSettled([...this.reconnects].map((handler) => Promise.resolve().then(handler)))
    if (this.connection !== connection) return
    this.status.value = 'online'
    for (const go of [...this.waiting]) go()
  }

  private told(connection: Connection, event: string, payload: unknown): void {
    if (!this.handlers.has(event)) return
    this.down(connection, () => {
      for (const handler of [...(this.handlers.get(event) ?? [])]) handler(payload)
    })
  }

  private untilReady(name: CommandName, timeoutMs: number): Promise<void> {
    if (this.connection && (this.status.value === 'online' || name === 'room:join')) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(go)
        reject(new NoAnswerError(`no answer to ${name}`))
      }, timeoutMs)
      const go = (): void => {
        clearTimeout(timer)
        this.waiting.delete(go)
        resolve()
      }
      this.waiting.add(go)
    })
  }

  private ask<C extends CommandName>(
    connection: Connection,
    name: C,
    payload: CommandInput<C>,
    timeoutMs: number,
  ): Promise<CommandResults[C]> {
    return new Promise((resolve, reject) => {
      const lost = (): void => {
        clearTimeout(timer)
        this.unanswered.delete(lost)
        reject(new NoAnswerError(`no answer to ${name}`))
      }
      const timer = setTimeout(lost, timeoutMs)
      this.unanswered.add(lost)
      const answered = (ack: Ack<unknown>): void => {
        if (!this.unanswered.delete(lost)) return
        clearTimeout(timer)
        if ('ok' in ack) resolve(ack.ok as CommandResults[C])
        else reject(new AppError(ack.error.code, ack.error.detail))
      }
      connection.up.send(() => {
        if (this.connection !== connection) return
        connection.served.run(name, payload, (ack) => this.down(connection, () => answered(ack)))
      }, this.line.latency())
    })
  }

  private down(connection: Connection, deliver: () => void): void {
    connection.down.send(() => {
      if (this.connection === connection) deliver()
    }, this.line.latency())
  }
}
