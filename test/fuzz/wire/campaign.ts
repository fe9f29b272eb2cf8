import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { perform } from '../converge/deeds.ts'
import type { House } from '../converge/house.ts'
import type { SimPerson } from '../converge/person.ts'
import { openHouse, restAndCheck } from '../converge/run-schedule.ts'
import type { Deed, Schedule } from '../converge/schedule.ts'
import { diceOf, type Dice } from '../draw.ts'
import { pass } from '../virtual-world.ts'
import { GuardedCanvas } from './guarded.ts'
import { changes, forgotten, standingOf } from './standing.ts'
import { Storm, type Counts } from './storm.ts'

const ROUND_MS = 25
const HONEST_DEEDS: readonly Deed[] = ['draw', 'draw', 'draw', 'erase', 'undo', 'redo', 'label', 'withdraw']
/** Every Yjs client that once wrote makes each later change dearer: after so many messages another room is opened. */
const MESSAGES_A_HOUSE = 40_000
const SEEDS_APART = 100
/** Share of the messages that the memory is given to come to its usual size. */
const WARM = 0.2
/** Ms of the processor that one round may take at most: some message keeps the server from all others otherwise. */
const MAX_ROUND_MS = 3_000
const FAULTS_SHOWN = 20

export interface WireFigures {
  readonly messages: number
  readonly crashes: number
  readonly honest_clients_harmed: number
  readonly rss_growth_mb: number
}

type Tell = (words: string) => void
type Figures = WireFigures & Counts

/**
 * Hostile frames, commands and ink for rooms, one after the other, while honest people work there. Counts what the
 * server decoded, all of it and by the way it came.
 */
export async function wireCampaign(seed: number, messages: number, tell: Tell): Promise<Figures> {
  let crashes = 0
  const crashed = (error: unknown): void => {
    if (crashes++ < 5)
      tell(`not caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  process.on('uncaughtException', crashed)
  process.on('unhandledRejection', crashed)
  const counts = { canvas_frames: 0, commands: 0, ink_packets: 0 }
  const figures = { messages: 0, honest_clients_harmed: 0 }
  const resident: number[] = []
  for (let i = 0; figures.messages < messages; i++) {
    const most = Math.min(MESSAGES_A_HOUSE, messages - figures.messages)
    const { storm, harmed, early } = await attack(seed + SEEDS_APART * i, most, tell)
    figures.messages += storm.sent
    figures.honest_clients_harmed += harmed
    counts.canvas_frames += storm.counts.canvas_frames
    counts.commands += storm.counts.commands
    counts.ink_packets += storm.counts.ink_packets
    if (messages <= MESSAGES_A_HOUSE) resident.push(early)
    if (figures.messages >= messages * WARM) resident.push(residentMb())
  }
  tell(`MB after each room: ${resident.map((mb) => mb.toFixed(0)).join(' ')}`)
  return { ...figures, crashes, rss_growth_mb: grown(resident), ...counts }
}

/** From the earlier half of the samples to the later one, each by its median: a single one is off by tens of MB. */
function grown(megabytes: readonly number[]): number {
  const half = Math.floor(megabytes.length / 2)
  return Math.max(0, Math.round(median(megabytes.slice(-half)) - median(megabytes.slice(0, half))))
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

/** One house under attack, from its opening until everybody has left. */
async function attack(
  seed: number,
  messages: number,
  tell: Tell,
): Promise<{ storm: Storm; harmed: number; early: number }> {
  const dice = diceOf(seed)
  const house = await openHouse(quietSchedule(seed))
  const guarded = await during(GuardedCanvas.of(house, seed))
  await pass(2_000)
  const before = await during(standing(house))
  const storm = new Storm(house, guarded.place, dice)
  const harm = new Harm(tell)
  let early = 0
  while (storm.sent < messages) {
    const busy = await cpuMs(() => round(storm, house, guarded, dice))
    if (busy > MAX_ROUND_MS) harm.all(`a round took ${String(Math.round(busy))} ms`)
    for (const person of [...house.people, ...guarded.people]) harm.check(person)
    if (early === 0 && storm.sent >= messages * WARM) early = residentMb()
  }
  storm.end()
  for (const fault of await restAndCheck(house, true)) harm.note(fault)
  for (const fault of await during(guarded.faults(house))) harm.note(fault)
  for (const fault of house.journal.faults) harm.note(fault)
  const store = house.serverNow()?.store
  if (store) for (const fault of await during(forgotten(store, house))) harm.note(fault)
  for (const fault of changes(before, await during(standing(house)))) harm.note(fault)
  tell(`seed ${String(seed)}: ${JSON.stringify(storm.counts)}, ${String(storm.unread)} more left unread`)
  guarded.leave()
  house.leave()
  // Sliced work belongs to the thread, not to the house.
  await pass(100)
  return { storm, harmed: harm.count, early }
}

async function round(storm: Storm, house: House, guarded: GuardedCanvas, dice: Dice): Promise<void> {
  storm.round()
  if (dice.chance(0.4)) {
    perform({ at: 0, who: dice.int(0, 2), deed: dice.pick(HONEST_DEEDS), seed: dice.int(0, 1e9) }, house)
  }
  if (dice.chance(0.3)) guarded.act(dice)
  await pass(ROUND_MS)
}

/** Who of the honest was harmed, and how. */
class Harm {
  private readonly people = new Set<number>()
  private others = 0
  private told = 0

  constructor(private readonly tell: (words: string) => void) {}

  get count(): number {
    return this.people.size + (this.others > 0 && this.people.size === 0 ? 1 : 0)
  }

  /** Whether a person's connections stand. */
  check({ link, socket, options }: SimPerson): void {
    if (link.state.kind === 'live' && socket.status.value === 'online') return
    if (this.people.has(options.index)) return
    this.note(
      `person ${String(options.index)} was thrown out: ${JSON.stringify(link.state)}, ${socket.status.value}`,
    )
  }

  /** Something that concerns nobody in particular. */
  all(fault: string): void {
    this.others++
    this.show(fault)
  }

  note(fault: string): void {
    const [, index] = /^person (\d+)/.exec(fault) ?? []
    if (index === undefined) this.others++
    else this.people.add(Number(index))
    this.show(fault)
  }

  private show(fault: string): void {
    if (this.told++ < FAULTS_SHOWN) this.tell(fault.slice(0, 1_000))
  }
}

async function standing(house: House): ReturnType<typeof standingOf> {
  const server = house.serverNow()
  if (!server) throw new Error('the server is not up')
  return standingOf(server.store, house)
}

/** Lets time pass until the work, which needs it, is done. */
async function during<T>(work: Promise<T>): Promise<T> {
  const ended = { yet: false }
  const end = (): boolean => (ended.yet = true)
  work.then(end, end)
  while (!ended.yet) await pass(50)
  return work
}

/** Ms that the processor spent on the work. */
async function cpuMs(work: () => Promise<void>): Promise<number> {
  const from = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1_000
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
