import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import * as Y from 'yjs'
import { currentPage, pageIdOf } from '../../../shared/canvas/schema.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import { perform } from '../converge/deeds.ts'
import { FROZEN_EDITOR, VIEWER, type House } from '../converge/house.ts'
import { openHouse, restAndCheck } from '../converge/run-schedule.ts'
import type { Deed, Schedule } from '../converge/schedule.ts'
import type { ServedRoom } from '../converge/server.ts'
import { diceOf, type Dice } from '../draw.ts'
import { pass } from '../virtual-world.ts'
import { hostileCommand, hostileInk, type Known } from './commands.ts'
import { mutated } from './mutate.ts'
import { HostileSocket } from './hostile-socket.ts'
import { hostileFrame } from './sync-frames.ts'

const SYNC_SOCKETS = 24
const ROOM_SOCKETS = 8
const FRAMES_A_ROUND = 4
const COMMANDS_A_ROUND = 3
/** Frames made for what the canvas holds at the moment, and rounds until others are made. */
const POOL = 120
const POOL_ROUNDS = 40
const ROUND_MS = 25
/** Rounds after which a connection is given up for another one. */
const LIFE = 40
const HONEST_DEEDS: readonly Deed[] = ['draw', 'draw', 'draw', 'erase', 'undo', 'redo', 'label', 'withdraw']
/** Share of the messages that the memory is given to come to its usual size. */
const WARM = 0.2

export interface WireFigures {
  readonly messages: number
  readonly crashes: number
  readonly honest_clients_harmed: number
  readonly rss_growth_mb: number
}

/** Hostile frames, commands and ink for one room while honest people work there. Counts what the server read. */
export async function wireCampaign(
  seed: number,
  messages: number,
  tell: (words: string) => void,
): Promise<WireFigures> {
  let crashes = 0
  const crashed = (error: unknown): void => {
    if (crashes++ < 5)
      tell(`not caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  process.on('uncaughtException', crashed)
  process.on('unhandledRejection', crashed)
  const dice = diceOf(seed)
  const house = await openHouse(quietSchedule(seed))
  const storm = new Storm(house, dice)
  const harmed = new Set<number>()
  let warm = 0
  while (storm.sent < messages) {
    await storm.round()
    for (const { link, options } of house.people) {
      if (link.state.kind === 'live' || harmed.has(options.index)) continue
      harmed.add(options.index)
      tell(`person ${String(options.index)} was thrown out: ${JSON.stringify(link.state)}`)
    }
    if (warm === 0 && storm.sent >= messages * WARM) warm = residentMb()
  }
  storm.end()
  const faults = await restAndCheck(house, true)
  for (const fault of faults) {
    tell(fault)
    for (const { options } of house.people)
      if (fault.startsWith(`person ${String(options.index)}`)) harmed.add(options.index)
  }
  const rss = residentMb() - warm
  house.leave()
  return {
    messages: storm.sent,
    crashes,
    honest_clients_harmed: harmed.size + (faults.length > 0 && harmed.size === 0 ? 1 : 0),
    rss_growth_mb: Math.max(0, Math.round(rss)),
  }
}

/** The hostile connections. */
class Storm {
  sent = 0
  private readonly sync: (HostileSocket | null)[] = Array.from({ length: SYNC_SOCKETS }, () => null)
  private readonly rooms: (ServedRoom | null)[] = Array.from({ length: ROOM_SOCKETS }, () => null)
  private rounds = 0
  private pool: readonly Uint8Array[] = []

  constructor(
    private readonly house: House,
    private readonly dice: Dice,
  ) {}

  async round(): Promise<void> {
    const { house, dice } = this
    if (this.rounds++ % POOL_ROUNDS === 0) {
      const state = Y.encodeStateAsUpdate(house.owner.canvas.doc)
      this.pool = Array.from({ length: POOL }, () => hostileFrame(state, dice))
    }
    this.sync.forEach((socket, i) => this.writeCanvas(socket, i))
    this.rooms.forEach((room, i) => this.writeRoom(room, i))
    if (dice.chance(0.4)) {
      perform({ at: 0, who: dice.int(0, 2), deed: dice.pick(HONEST_DEEDS), seed: dice.int(0, 1e9) }, house)
    }
    await pass(ROUND_MS)
  }

  end(): void {
    for (const socket of this.sync) socket?.cut()
    for (const room of this.rooms) room?.end()
  }

  private writeCanvas(socket: HostileSocket | null, i: number): void {
    const { house, dice } = this
    const server = house.serverNow()
    if (!server) return
    if (!socket || socket.closed || this.rounds % LIFE === i) {
      socket?.cut()
      this.sync[i] = new HostileSocket(server.listen, i % 3 === 0 ? VIEWER : FROZEN_EDITOR, house.place)
      return
    }
    for (let count = 0; count < FRAMES_A_ROUND && socket.isOpen; count++) {
      const frame = dice.pick(this.pool)
      socket.send(dice.chance(0.5) ? frame : mutated(frame, dice.pick(this.pool), dice))
      this.sent++
    }
  }

  private writeRoom(room: ServedRoom | null, i: number): void {
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
    const page = currentPage(house.owner.canvas.doc)
    const known: Known = {
      ...house.place,
      classId: house.classId,
      userId,
      pageId: page ? pageIdOf(page) : '',
    }
    for (let count = 0; count < COMMANDS_A_ROUND; count++) {
      const { name, payload } = hostileCommand(known, dice)
      room.run(name, payload, () => undefined)
      this.sent++
    }
    room.ink(hostileInk(known, dice))
    this.sent++
  }
}

function quietSchedule(seed: number): Schedule {
  const line = { least: 2, most: 20 }
  return { seed, people: 3, lines: [line, line, line], disk: { commitMs: 3, answerMs: 1 }, steps: [] }
}

function residentMb(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().rss / 1e6
}
