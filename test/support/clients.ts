import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import {
  appendPage,
  currentPage,
  origins,
  pageIdOf,
  putStroke,
  readStrokes,
} from '../../shared/canvas/schema.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type {
  Ack,
  ClientToServerEvents,
  CommandResults,
  RoomState,
  ServerToClientEvents,
} from '../../shared/protocol/events.ts'
import { encodeInk, type InkMessage } from '../../shared/protocol/ink.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import type { CreatedReply, JoinReply, SessionReply } from '../../shared/protocol/rest.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'

// Each y-websocket client listens for the process to end.
process.setMaxListeners(0)
// Node 20 has no WebSocket of its own; y-websocket takes the global one.
Object.assign(globalThis, { WebSocket })

/** Of the y-websocket protocol: the kind of message, and its steps. */
const SYNC = 0
const STEP_1 = 0
const STEP_2 = 1

type Event = keyof ServerToClientEvents
/** Null where the client closed the connection itself. */
type Closed = { readonly code: number } | null
type Told<E extends Event> = Parameters<ServerToClientEvents[E]>[0]

/** Somebody at a server, by the published clients: REST, socket.io-client and y-websocket. */
export class Client {
  readonly canvases: CanvasClient[] = []
  private open: Socket<ServerToClientEvents, ClientToServerEvents> | null = null

  private constructor(
    readonly url: string,
    /** Null: nobody, who has no session. */
    readonly token: string | null,
    readonly userId: string,
  ) {}

  static async arrive(url: string, name: string): Promise<Client> {
    const { token, user } = await post<SessionReply>(url, '/session', { name }, null)
    return new Client(url, token, user.id)
  }

  static nobody(url: string): Client {
    return new Client(url, null, '')
  }

  /** The same person at another address, or with a second browser tab. */
  again(url = this.url): Client {
    return new Client(url, this.token, this.userId)
  }

  get socket(): Socket<ServerToClientEvents, ClientToServerEvents> {
    if (!this.open) {
      const auth = this.token === null ? {} : { token: this.token }
      this.open = io(this.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true })
    }
    return this.open
  }

  create(template: 'digits' | 'empty', classes: string[] = []): Promise<CreatedReply> {
    const body = { name: 'A room', template, ...(template === 'empty' ? { classes } : {}) }
    return post<CreatedReply>(this.url, '/projects', body, this.token)
  }

  joinByCode(code: string | null): Promise<JoinReply> {
    return post<JoinReply>(this.url, '/join', { code }, this.token)
  }

  /** Sends a command and answers its acknowledgement as it comes. */
  ask<C extends CommandName>(name: C, payload: CommandInput<C>): Promise<Ack<CommandResults[C]>> {
    return this.send<Ack<CommandResults[C]>>(name, payload)
  }

  /** As `ask`, for payloads that break the contract. */
  send<T>(name: string, payload: unknown): Promise<T> {
    const { socket } = this
    const emit = socket.emit.bind(socket) as (event: string, ...words: unknown[]) => void
    return new Promise((resolve, reject) => {
      const lost = (reason: string): void => {
        reject(new Error(`${name}: not answered, since the connection ended: ${reason}`))
      }
      socket.once('disconnect', lost)
      emit(name, payload, (reply: T) => {
        socket.off('disconnect', lost)
        resolve(reply)
      })
    })
  }

  /** The result of a command. @throws Error with the code and detail of its error */
  async command<C extends CommandName>(name: C, payload: CommandInput<C>): Promise<CommandResults[C]> {
    const reply = await this.ask(name, payload)
    if ('error' in reply) throw new Error(`${name}: ${reply.error.code}: ${reply.error.detail}`)
    return reply.ok
  }

  /** The error code a command is answered with, 'ok' without one. */
  async refusal<C extends CommandName>(name: C, payload: CommandInput<C>): Promise<string> {
    const reply = await this.ask(name, payload)
    return 'error' in reply ? reply.error.code : 'ok'
  }

  join(projectId: string): Promise<RoomState> {
    return this.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
  }

  /** The next event of this name that `matches`. */
  next<E extends Event>(event: E, matches: (told: Told<E>) => boolean = () => true): Promise<Told<E>> {
    const { socket } = this
    return new Promise((resolve) => {
      const hear = (told: Told<E>): void => {
        if (!matches(told)) return
        ;(socket.off as (event: string, listener: (told: Told<E>) => void) => void)(event, hear)
        resolve(told)
      }
      ;(socket.on as (event: string, listener: (told: Told<E>) => void) => void)(event, hear)
    })
  }

  ink(...messages: InkMessage[]): void {
    this.socket.emit('ink', encodeInk(messages))
  }

  /** Opens a canvas; `name` is the part of the path after the project. */
  canvas(projectId: string, name: string, how: 'subprotocol' | 'query' = 'subprotocol'): CanvasClient {
    const canvas = new CanvasClient(this.url, projectId, name, this.token, how)
    this.canvases.push(canvas)
    return canvas
  }

  leave(): void {
    for (const canvas of this.canvases) canvas.leave()
    this.open?.disconnect()
  }
}

/** One canvas document with its connection. */
export class CanvasClient {
  readonly doc = new Y.Doc()
  readonly provider: WebsocketProvider
  /** Resolves with the code once the connection was closed. */
  readonly closed: Promise<number>
  /** The codes of all connections that were closed so far. */
  readonly closeCodes: number[] = []

  constructor(
    url: string,
    projectId: string,
    name: string,
    token: string | null,
    how: 'subprotocol' | 'query',
  ) {
    const query = how === 'query' && token !== null ? { params: { token } } : {}
    const protocols = how === 'subprotocol' && token !== null ? ['trainboard', `token.${token}`] : []
    this.provider = new WebsocketProvider(
      `${url.replace('http', 'ws')}/sync`,
      `${projectId}/${name}`,
      this.doc,
      {
        ...query,
        protocols,
        disableBc: true,
      },
    )
    this.provider.awareness.setLocalState(null)
    this.closed = new Promise((resolve) => {
      const hear = this.provider.on.bind(this.provider) as (
        event: string,
        listener: (event: Closed) => void,
      ) => void
      hear('connection-close', (event) => {
        this.closeCodes.push(event?.code ?? 0)
        resolve(event?.code ?? 0)
      })
    })
  }

  /** Resolves when the first sync is through. */
  async synced(): Promise<this> {
    if (!this.provider.synced)
      await new Promise<void>((resolve) => this.provider.once('sync', () => resolve()))
    return this
  }

  get pageId(): string {
    const page = currentPage(this.doc)
    return page ? pageIdOf(page) : ''
  }

  get stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc)
  }

  /** Ids of the strokes on the current page. */
  strokes(): string[] {
    const page = currentPage(this.doc)
    return page ? readStrokes(page).map(({ id }) => id) : []
  }

  draw(stroke: Stroke, strokeId = newId()): string {
    const page = currentPage(this.doc)
    if (page) this.doc.transact(() => putStroke(page, strokeId, stroke), origins.local)
    return strokeId
  }

  turn(): void {
    this.doc.transact(() => appendPage(this.doc, newId()), origins.page)
  }

  /** Resolves once the server has handled all that was sent before: it answers in order. */
  roundTrip(): Promise<void> {
    const { ws } = this.provider
    if (!ws) return Promise.reject(new Error('the canvas is not connected'))
    return new Promise((resolve, reject) => {
      const lost = ({ code, reason }: { code: number; reason: string }): void =>
        reject(new Error(`the canvas was closed: ${String(code)} ${reason}`))
      ws.addEventListener('close', lost, { once: true })
      const hear = ({ data }: { data: unknown }): void => {
        const [kind, step] = data instanceof ArrayBuffer ? new Uint8Array(data) : []
        if (kind !== SYNC || step !== STEP_2) return
        ws.removeEventListener('message', hear)
        ws.removeEventListener('close', lost)
        resolve()
      }
      ws.addEventListener('message', hear)
      ws.send(Uint8Array.of(SYNC, STEP_1, 1, 0))
    })
  }

  /** Everything on the canvas, to compare it with another one's. */
  content(): unknown {
    return this.doc.getArray('pages').toJSON()
  }

  leave(): void {
    this.provider.destroy()
    this.doc.destroy()
  }
}

/** A straight stroke of `count` points. */
export function line(from: readonly [number, number], to: readonly [number, number], count = 20): Stroke {
  const xs = Float32Array.from({ length: count }, (_, i) => from[0] + ((to[0] - from[0]) * i) / (count - 1))
  const ys = Float32Array.from({ length: count }, (_, i) => from[1] + ((to[1] - from[1]) * i) / (count - 1))
  return { at: Date.now(), xs, ys, pressures: null, times: null }
}

async function post<T>(url: string, path: string, body: unknown, token: string | null): Promise<T> {
  const reply = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: url,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${path} answered ${String(reply.status)}: ${await reply.text()}`)
  return (await reply.json()) as T
}
