import { io, type Socket } from 'socket.io-client'
import { shallowRef, type ShallowRef } from 'vue'
import type { ServerToClientEvents, CommandResults } from '../../shared/protocol/events.ts'
import { encodeInk, type InkMessage } from '../../shared/protocol/ink.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import { noAnswer, sendCommand } from './command.ts'
import { retryPause, spreadPause } from './jitter.ts'
import { withBytes } from './with-bytes.ts'

export type SocketStatus = 'connecting' | 'online' | 'offline'

export interface RoomSocket {
  /** `connecting` until the first connection stands or fails, then `online` or `offline`. */
  readonly status: Readonly<ShallowRef<SocketStatus>>
  /**
   * Sends a command and answers with its result. While the socket is down the command waits, within its time limit,
   * for the connection and for the reconnect handlers; `room:join` and `scratch:open` do not wait for the latter.
   * @throws AppError with the server's code and detail; `unavailable` when no answer came in time.
   */
  command<C extends CommandName>(
    name: C,
    payload: CommandInput<C>,
    options?: { readonly timeoutMs?: number },
  ): Promise<CommandResults[C]>
  /** Binary fields arrive as Uint8Array. Answers the function that stops listening. */
  on<E extends keyof ServerToClientEvents>(event: E, handler: ServerToClientEvents[E]): () => void
  /** One packet of ink; dropped while the connection is down or, unless `reliable`, congested. */
  sendInk(messages: readonly InkMessage[], options?: { readonly reliable?: boolean }): void
  /** Called at each connection after the first: the server remembers nothing, so rejoin here and answer with the promise of it. */
  onReconnect(handler: () => unknown): () => void
  close(): void
}

export interface ConnectSocketOptions {
  /** Session token of `POST /api/v1/session`; null for the scratch pad, which needs none. */
  readonly token: string | null
  /** Origin of the server, the page's own by default. */
  readonly url?: string
}

const COMMAND_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 6_000
/** Within which to come back to a server that hung up and named no spread. */
const SPREAD_MS = 1_000
const ENTERING: ReadonlySet<CommandName> = new Set(['room:join', 'scratch:open'])

/** Connects to the server that served the page. Reconnects by itself, with full jitter, until closed. */
export function connectSocket({ token, url }: ConnectSocketOptions): RoomSocket {
  const options = {
    auth: token === null ? {} : { token },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    // Its own pauses bunch up at their most; ours do not (see `comeBack`).
    reconnection: false,
    timeout: CONNECT_TIMEOUT_MS,
    forceNew: true,
  }
  return wrapSocket(url === undefined ? io(options) : io(url, options))
}

/** The room's view of a Socket.IO socket; apart from `connectSocket` so that tests can bring their own. */
export function wrapSocket(socket: Socket): RoomSocket {
  const status = shallowRef<SocketStatus>('connecting')
  const reconnectHandlers = new Set<() => unknown>()
  const handlers = new Map<string, Set<(payload: unknown) => void>>()
  const waiting = new Set<() => void>()
  let connections = 0
  let closed = false
  let tries = 0
  let spreadMs: number | null = null
  let timer: ReturnType<typeof setTimeout> | null = null

  function comeBack(pauseMs: number): void {
    if (closed || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      socket.connect()
    }, pauseMs)
  }

  async function enter(): Promise<void> {
    connections++
    const connection = connections
    if (connection > 1)
      await Promise.allSettled([...reconnectHandlers].map((handler) => Promise.resolve().then(handler)))
    if (connection !== connections || !socket.connected) return
    status.value = 'online'
    for (const go of [...waiting]) go()
  }

  socket.on('connect', () => {
    tries = 0
    spreadMs = null
    void enter()
  })
  socket.on('disconnect', (reason) => {
    status.value = 'offline'
    if (spreadMs !== null || reason === 'io server disconnect') comeBack(spreadPause(spreadMs ?? SPREAD_MS))
    else comeBack(retryPause(tries++))
  })
  socket.on('connect_error', () => {
    status.value = 'offline'
    // A server that turns this page away says so through an error of its own, after which the socket is inactive.
    if (socket.active) comeBack(retryPause(tries++))
  })
  socket.on('room:closing', (closing: unknown) => {
    spreadMs = spreadOf(closing)
  })
  socket.onAny((event: string, payload: unknown) => {
    const listening = handlers.get(event)
    if (!listening) return
    const readable = withBytes(payload)
    for (const handler of [...listening]) handler(readable)
  })

  function untilReady(name: CommandName, timeoutMs: number): Promise<void> {
    const ready = () => socket.connected && (status.value === 'online' || ENTERING.has(name))
    if (ready()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => () => {
        clearTimeout(timer)
        waiting.delete(go)
        socket.off('connect', check)
        then()
      }
      const go = settle(resolve)
      const check = () => {
        if (ready()) go()
      }
      const timer = setTimeout(
        settle(() => reject(noAnswer(name))),
        timeoutMs,
      )
      waiting.add(go)
      socket.on('connect', check)
    })
  }

  return {
    status,
    async command(name, payload, { timeoutMs = COMMAND_TIMEOUT_MS } = {}) {
      if (closed) throw noAnswer(name)
      const deadline = Date.now() + timeoutMs
      await untilReady(name, timeoutMs)
      return sendCommand(socket, name, payload, Math.max(1, deadline - Date.now()))
    },
    on(event, handler) {
      const listening = handlers.get(event) ?? new Set<(payload: unknown) => void>()
      handlers.set(event, listening)
      const untyped = handler as (payload: unknown) => void
      listening.add(untyped)
      return () => void listening.delete(untyped)
    },
    sendInk(messages, { reliable = false } = {}) {
      if (messages.length === 0 || !socket.connected) return
      const packet = encodeInk(messages)
      if (reliable) socket.emit('ink', packet)
      else socket.volatile.emit('ink', packet)
    },
    onReconnect(handler) {
      reconnectHandlers.add(handler)
      return () => void reconnectHandlers.delete(handler)
    },
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      reconnectHandlers.clear()
      handlers.clear()
      socket.close()
      status.value = 'offline'
    },
  }
}

function spreadOf(closing: unknown): number {
  const named =
    typeof closing === 'object' && closing !== null && 'spreadMs' in closing ? closing.spreadMs : null
  return typeof named === 'number' ? named : SPREAD_MS
}
