import { shallowRef } from 'vue'
import { CanvasLink } from '../../../client/net/canvas-link.ts'
import type { CanvasDoc } from '../../../client/net/canvas-doc.ts'
import { createOutbox, type Outbox } from '../../../client/net/outbox.ts'
import type { Role } from '../../../shared/protocol/entities.ts'
import type { RoomState } from '../../../shared/protocol/events.ts'
import { AppError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import type { Journal } from './journal.ts'
import { ClientSocket, type Line } from './network.ts'
import { SimRoomSocket } from './room-socket.ts'
import type { SimServer } from './server.ts'

/** Refusals after which the page tries to come in again. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'stopping'])
const REJOIN_MS = 1_500

export interface Place {
  readonly projectId: string
  readonly canvasId: string
}

export interface PersonOptions {
  readonly index: number
  readonly userId: string
  readonly line: Line
  readonly place: Place
  readonly journal: Journal
  readonly server: () => SimServer | null
}

/** Somebody honest at the page: the client's own link to the canvas, outbox and undo, over a line that may break. */
export class SimPerson {
  readonly socket: SimRoomSocket
  outbox: Outbox
  link: CanvasLink
  private left = false
  /** The link reports changes while it is being made. */
  private opening = false
  private role: Role = 'editor'
  private hand: RoomState['hand'] | null = null
  private readonly pen = shallowRef(true)
  private watched: CanvasDoc | null = null

  constructor(readonly options: PersonOptions) {
    const { userId, line, server, place, journal, index } = options
    this.socket = new SimRoomSocket(userId, line, server)
    this.socket.onReconnect(() => this.join())
    this.socket.on('you:role', ({ role }) => this.rightsAre(role ?? 'viewer', this.hand))
    this.socket.on('hand:changed', (hand) => this.rightsAre(this.role, hand))
    this.socket.on('canvas:saved', ({ canvasId, stateVector }) => {
      if (canvasId === place.canvasId) journal.saved(index, stateVector)
    })
    this.outbox = createOutbox(this.socket)
    this.link = this.openLink()
    this.watch()
  }

  get canvas(): CanvasDoc {
    return this.link.canvas
  }

  /** Whether the page lets this person draw, as far as it has heard. */
  get mayDraw(): boolean {
    return this.pen.value && this.link.takesInk
  }

  get quiet(): boolean {
    return (
      this.link.state.kind === 'live' &&
      this.link.unsavedCount === 0 &&
      this.outbox.states.value.size === 0 &&
      this.socket.status.value === 'online'
    )
  }

  goOffline(): void {
    this.options.line.down()
    this.socket.cut(0)
  }

  cutLine(serverHearsLateMs: number): void {
    this.options.line.cut()
    this.socket.cut(serverHearsLateMs)
  }

  /** The page is closed and opened again. */
  reload(): void {
    this.link.close()
    this.link = this.openLink()
    this.watch()
  }

  leave(): void {
    this.left = true
    this.link.close()
    this.outbox.close()
    this.socket.close()
  }

  private async join(): Promise<void> {
    const { projectId, canvasId } = this.options.place
    const state = await this.socket
      .command('room:join', { projectId, protocol: PROTOCOL_VERSION })
      .catch(async (error: unknown) => {
        if (!(error instanceof AppError) || !PASSING.has(error.code)) throw error
        await new Promise((resolve) => setTimeout(resolve, REJOIN_MS))
        return null
      })
    if (!state) {
      if (!this.left) await this.join()
      return
    }
    this.rightsAre(state.you.role, state.hand)
    // It waits for this handler to be through.
    this.socket.command('canvas:open', { canvasId }).catch(() => undefined)
  }

  private rightsAre(role: Role, hand: RoomState['hand'] | null): void {
    this.role = role
    this.hand = hand
    const { canvasId } = this.options.place
    const rests = hand?.frozenAll === true || hand?.frozenCanvasIds.includes(canvasId) === true
    this.pen.value = role === 'owner' || (role === 'editor' && !rests)
  }

  private openLink(): CanvasLink {
    const { userId, line, place } = this.options
    class Socket extends ClientSocket {
      constructor(url: string, protocols?: string | string[]) {
        super(line, url, protocols)
      }
    }
    this.opening = true
    const link = new CanvasLink({
      ...place,
      generation: 1,
      token: userId,
      userId,
      canDraw: this.pen,
      socket: this.socket,
      origin: 'ws://server',
      onChange: () => this.watch(),
      WebSocket: Socket as never,
    })
    this.opening = false
    return link
  }

  /** The document is another one after a rebuild. */
  private watch(): void {
    if (this.opening || this.link.canvas === this.watched) return
    this.watched = this.link.canvas
    this.options.journal.watch(this.link.canvas.doc, this.options.index)
  }
}
