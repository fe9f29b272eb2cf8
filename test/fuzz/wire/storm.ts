import * as Y from 'yjs'
import { currentPage, pageIdOf } from '../../../shared/canvas/schema.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { FROZEN_EDITOR, VIEWER, type House } from '../converge/house.ts'
import type { Place } from '../converge/person.ts'
import type { ServedRoom } from '../converge/server.ts'
import type { Dice } from '../draw.ts'
import { hostileCommand, hostileInk, type Known } from './commands.ts'
import { HostileSocket } from './hostile-socket.ts'
import { mutated } from './mutate.ts'
import { hostileFrame } from './sync-frames.ts'

/** Canvas connections: of an editor, and of those whose updates are read no further than that they are some. */
const EDITOR_SOCKETS = 32
const IDLE_SOCKETS = 9
const ROOM_SOCKETS = 8
const FRAMES_A_ROUND = 4
const COMMANDS_A_ROUND = 3
/** Frames made for what the canvas holds at the moment, and rounds until others are made. */
const POOL = 160
const POOL_ROUNDS = 40
/** Messages of others that are kept to be sent again. */
const OVERHEARD = 40
/** Rounds after which a connection is given up for another one. */
const LIFE = 50

export interface Counts {
  readonly canvas_frames: number
  readonly commands: number
  readonly ink_packets: number
}

interface CanvasWay {
  readonly userId: string
  readonly place: Place
  /** Whether the server decodes updates that come this way, rather than leaving them unread. */
  readonly decoded: boolean
  socket: HostileSocket | null
}

/** The hostile connections to a house. Each frame is counted once the server has decoded it. */
export class Storm {
  readonly counts = { canvas_frames: 0, commands: 0, ink_packets: 0 }
  /** Frames of people whose updates are not decoded, which count for nothing. */
  unread = 0
  private readonly ways: readonly CanvasWay[]
  private readonly rooms: (ServedRoom | null)[] = Array.from({ length: ROOM_SOCKETS }, () => null)
  private readonly overheard: Uint8Array[] = []
  private rounds = 0
  private pool: readonly Uint8Array[] = []

  constructor(
    private readonly house: House,
    private readonly guarded: Place,
    private readonly dice: Dice,
  ) {
    const { place } = house
    const without = [
      { userId: VIEWER, place },
      { userId: VIEWER, place: guarded },
      { userId: FROZEN_EDITOR, place: guarded },
    ]
    const way = (userId: string, where: Place, decoded: boolean): CanvasWay => ({
      userId,
      place: where,
      decoded,
      socket: null,
    })
    this.ways = [
      ...Array.from({ length: EDITOR_SOCKETS }, () => way(FROZEN_EDITOR, place, true)),
      ...without.flatMap(({ userId, place: where }) =>
        Array.from({ length: IDLE_SOCKETS / 3 }, () => way(userId, where, false)),
      ),
    ]
  }

  get sent(): number {
    const { canvas_frames, commands, ink_packets } = this.counts
    return canvas_frames + commands + ink_packets
  }

  /** Everybody hostile says something. */
  round(): void {
    if (this.rounds++ % POOL_ROUNDS === 0) {
      const state = Y.encodeStateAsUpdate(this.house.owner.canvas.doc)
      this.pool = Array.from({ length: POOL }, () => hostileFrame(state, this.dice))
    }
    this.ways.forEach((way, i) => this.writeCanvas(way, i))
    const known = this.known()
    this.rooms.forEach((room, i) => this.writeRoom(room, i, known))
  }

  end(): void {
    for (const { socket } of this.ways) socket?.cut()
    for (const room of this.rooms) room?.end()
  }

  private writeCanvas(way: CanvasWay, i: number): void {
    const { dice } = this
    const server = this.house.serverNow()
    if (!server) return
    if (!way.socket || way.socket.closed || this.rounds % LIFE === i) {
      way.socket?.cut()
      way.socket = new HostileSocket(server.listen, way.userId, way.place, (message) =>
        this.overhear(message),
      )
      return
    }
    const { socket } = way
    socket.rested()
    for (let count = 0; count < FRAMES_A_ROUND && socket.isOpen; count++) {
      const read = socket.send(this.frame(dice))
      if (!way.decoded) this.unread++
      else if (read) this.counts.canvas_frames++
    }
  }

  /** One that was made, one that others sent, or something that was one of these. */
  private frame(dice: Dice): Uint8Array {
    const { pool, overheard } = this
    const frame = overheard.length > 0 && dice.chance(0.15) ? dice.pick(overheard) : dice.pick(pool)
    return dice.chance(0.65) ? frame : mutated(frame, dice.pick(pool), dice)
  }

  private overhear(message: Uint8Array): void {
    if (!this.dice.chance(0.02)) return
    this.overheard.push(message)
    if (this.overheard.length > OVERHEARD) this.overheard.shift()
  }

  private writeRoom(room: ServedRoom | null, i: number, known: Omit<Known, 'userId'>): void {
    const { house, dice } = this
    const userId = i % 2 === 0 ? VIEWER : FROZEN_EDITOR
    const { projectId } = house.place
    if (!room || this.rounds % LIFE === i) {
      room?.end()
      const next = house
        .serverNow()
        ?.connect(userId, `hostile-${String(i)}-${String(this.rounds)}`, () => undefined)
      next?.run('room:join', { projectId, protocol: PROTOCOL_VERSION }, () => undefined)
      this.rooms[i] = next ?? null
      return
    }
    const mine = { ...known, userId }
    for (let count = 0; count < COMMANDS_A_ROUND; count++) {
      const { name, payload } = hostileCommand(mine, dice)
      room.run(name, payload, () => this.counts.commands++)
    }
    room.ink(hostileInk(mine, dice))
    this.counts.ink_packets++
  }

  private known(): Omit<Known, 'userId'> {
    const { house, guarded } = this
    const page = currentPage(house.owner.canvas.doc)
    const drawn = [...house.journal.labels.values()].slice(-20)
    return {
      ...house.place,
      classId: house.classId,
      pageId: page ? pageIdOf(page) : '',
      userIds: house.people.map(({ options }) => options.userId),
      canvasIds: [house.place.canvasId, guarded.canvasId],
      drawingIds: drawn.flatMap(({ drawingId }) => drawingId ?? []),
    }
  }
}
