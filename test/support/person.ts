import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { appendPage, currentPage, origins, pageIdOf, putStroke } from '../../shared/canvas/schema.ts'
import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type {
  Ack,
  ClientToServerEvents,
  CommandResults,
  RoomState,
  ServerToClientEvents,
} from '../../shared/protocol/events.ts'
import { encodeInk, INK_TICK_MS, TAIL_OVERLAP } from '../../shared/protocol/ink.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import type { CreatedReply, JoinReply, SessionReply } from '../../shared/protocol/rest.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'

// Each y-websocket client listens for the process to end.
process.setMaxListeners(0)
// Node 20 has no WebSocket of its own; y-websocket takes the global one.
Object.assign(globalThis, { WebSocket })

const ANSWER_WITHIN_MS = 15_000

export type ClientSocket = Socket<ServerToClientEvents, ClientToServerEvents>

/** Somebody with a session, as the published clients make one: REST, socket.io-client and y-websocket. */
export class Person {
  socket!: ClientSocket
  room!: RoomState
  doc = new Y.Doc()
  provider: WebsocketProvider | null = null
  readonly errors: string[] = []

  private constructor(
    readonly url: string,
    readonly token: string,
    readonly userId: string,
  ) {}

  static async arrive(url: string, name: string): Promise<Person> {
    const session = await post<SessionReply>(url, '/session', { name })
    return new Person(url, session.token, session.user.id)
  }

  /** The same person at another address of the server, or after its restart. */
  at(url: string): Person {
    return new Person(url, this.token, this.userId)
  }

  createProject(body: {
    name: string
    template: 'digits' | 'empty'
    classes?: string[]
  }): Promise<CreatedReply> {
    return post<CreatedReply>(this.url, '/projects', body, this.token)
  }

  joinByCode(code: string): Promise<JoinReply> {
    return post<JoinReply>(this.url, '/join', { code }, this.token)
  }

  /** Connects both sockets and waits for the own canvas to be there. */
  async enter(projectId: string): Promise<void> {
    this.socket = io(this.url, {
      auth: { token: this.token },
      transports: ['websocket'],
      reconnection: false,
    })
    this.socket.on('connect_error', (error) => this.errors.push(`connect: ${error.message}`))
    this.room = await this.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
    this.socket.on('model:published', ({ model }) => {
      this.room = { ...this.room, model }
    })
    const canvas = this.room.canvases.find(({ id }) => id === this.room.you.canvasId)
    if (canvas === undefined) return
    this.provider = new WebsocketProvider(
      `${this.url.replace('http', 'ws')}/sync`,
      `${projectId}/${canvas.id}.${canvas.generation}`,
      this.doc,
      {
        protocols: ['trainboard', `token.${this.token}`],
        disableBc: true,
      },
    )
    this.provider.on('connection-close', () => {
      if (this.provider?.shouldConnect) this.errors.push('sync: the connection was closed')
    })
    this.socket.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') this.errors.push(`socket: ${reason}`)
    })
    this.provider.awareness.setLocalState(null)
    await new Promise<void>((resolve) =>
      this.provider?.once('sync', () => {
        resolve()
      }),
    )
    if (currentPage(this.doc) === null)
      this.doc.transact(() => {
        appendPage(this.doc, newId())
      }, origins.page)
  }

  get canvasId(): string {
    return this.room.you.canvasId ?? ''
  }

  get pageId(): string {
    const page = currentPage(this.doc)
    return page ? pageIdOf(page) : ''
  }

  command<C extends CommandName>(name: C, payload: CommandInput<C>): Promise<CommandResults[C]> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`${name}: no answer within ${ANSWER_WITHIN_MS} ms`))
      }, ANSWER_WITHIN_MS)
      const answered = (reply: Ack<CommandResults[C]>): void => {
        clearTimeout(late)
        if ('ok' in reply) resolve(reply.ok)
        else reject(new Error(`${name}: ${reply.error.code}: ${reply.error.detail}`))
      }
      // The map's generic key cannot be resolved by the emitter's overloads.
      const emit = this.socket.emit.bind(this.socket) as (event: string, ...words: unknown[]) => void
      emit(name, payload, answered)
    })
  }

  /** Draws a stroke at the speed it was drawn at, tail by tail; `sent` hears the points sent so far. */
  async drawTimed(stroke: Stroke, sent: (strokeId: string, points: number) => void): Promise<void> {
    const strokeId = newId()
    const startedAt = performance.now()
    let known = 0
    for (;;) {
      const elapsed = performance.now() - startedAt
      let upTo = known
      while (upTo < stroke.xs.length && (stroke.times?.[upTo] ?? 0) <= elapsed) upTo++
      if (upTo > known) {
        const start = Math.max(0, known - TAIL_OVERLAP)
        sent(strokeId, upTo)
        this.socket.emit(
          'ink',
          encodeInk([
            {
              kind: 'tail',
              canvasId: this.canvasId,
              pageId: this.pageId,
              strokeId,
              start,
              xs: stroke.xs.slice(start, upTo),
              ys: stroke.ys.slice(start, upTo),
            },
          ]),
        )
        known = upTo
      }
      if (known >= stroke.xs.length) break
      await pause(INK_TICK_MS)
    }
    this.commit(strokeId, stroke)
  }

  commit(strokeId: string, stroke: Stroke): void {
    const page = currentPage(this.doc)
    if (page)
      this.doc.transact(() => {
        putStroke(page, strokeId, stroke)
      }, origins.local)
  }

  turnPage(): void {
    this.doc.transact(() => {
      appendPage(this.doc, newId())
    }, origins.page)
  }

  /** Labels the current page and turns it, as the page in the browser does. */
  label(classId: string): Promise<CommandResults['drawing:label']> {
    const pageId = this.pageId
    const stateVector = Y.encodeStateVector(this.doc)
    this.turnPage()
    return this.command('drawing:label', {
      canvasId: this.canvasId,
      pageId,
      classId,
      stateVector,
      idempotencyKey: newId(),
    })
  }

  leave(): void {
    this.provider?.destroy()
    this.socket.disconnect()
    this.doc.destroy()
  }
}

/** The pen's own pace: this is time that a replay takes, not a wait for something to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function post<T>(url: string, path: string, body: unknown, token?: string): Promise<T> {
  const reply = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: url,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`)
  return (await reply.json()) as T
}
