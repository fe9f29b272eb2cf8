import { TAIL_OVERLAP } from '../../../shared/protocol/ink.ts'
import { answerParent } from '../../support/helper-process.ts'
import { monotonic } from '../../support/monotonic.ts'
import { rawPeers, realPeers } from './peer-wires.ts'
import { openRaw, openReal } from './trainboard-wire.ts'
import { PAGE, strokeId, type Target, type Wire } from './wire.ts'

/** Messages a second of one drawer, and new points in each: a pen at 60 Hz. */
const RATE = 20
const POINTS = 3
/** Messages of one stroke. */
const TAILS = 60
/** Strokes of one drawer that the numbers leave room for. */
const MOST_STROKES = 32
const MOST_DRAWERS = 256
const STROKES_A_STEP = MOST_STROKES * MOST_DRAWERS
const OPEN_AT_ONCE = 10

export interface Crowd {
  readonly target: Target
  /** Whether they are the published clients, whose tails are timed; or ones by hand, that count alone. */
  readonly real: boolean
  /** The number of the first one, and how many there are. */
  readonly first: number
  readonly count: number
}

export interface Step {
  /** Tells the strokes of one measurement from those of another. */
  readonly step: number
  /** Clients with a lower number draw. */
  readonly drawers: number
  /** When drawing begins, the measurement begins and both end, on the machine's clock in ms. */
  readonly from: number
  readonly measureFrom: number
  readonly until: number
  /** What arrives later than this does not count. */
  readonly listenUntil: number
}

export interface Seen {
  /** Stroke, tail of it and when it was sent, again and again. */
  readonly sent: Float64Array
  /** The same with when it arrived at a timed client, by itself or in a later one. */
  readonly received: Float64Array
  /** Points of others' strokes that arrived, all clients of this process together. */
  readonly arrived: number
  /** Points that this process's clients drew, by each client's number. */
  readonly drawn: ReadonlyMap<number, number>
}

class FanClient {
  wire: Wire | null = null
  arrived = 0
  drawn = 0
  /** Points known of each stroke of the step. */
  private known = new Uint16Array(STROKES_A_STEP)

  constructor(
    readonly index: number,
    private readonly received: number[] | null,
  ) {}

  begin(): void {
    this.arrived = 0
    this.drawn = 0
    this.known = new Uint16Array(STROKES_A_STEP)
  }

  hear(tails: Int32Array, at: number): void {
    for (let i = 0; i < tails.length; i += 3) {
      const stroke = tails[i] ?? 0
      const start = tails[i + 1] ?? 0
      const end = tails[i + 2] ?? 0
      const place = stroke - current.step * STROKES_A_STEP
      if (place < 0 || place >= STROKES_A_STEP) continue
      // The first stroke of each is the warm-up; one's own is not news.
      if (place % MOST_STROKES === 0 || Math.floor(place / MOST_STROKES) === this.index) continue
      const known = this.known[place] ?? 0
      if (end <= known) continue
      const news = Math.max(start, known)
      this.arrived += end - news
      this.known[place] = end
      if (!this.received) continue
      for (let tail = Math.floor(news / POINTS); tail * POINTS < end; tail++)
        this.received.push(stroke, tail, at)
    }
  }

  /** Draws one stroke after the other until the step ends. */
  draw({ step, from, measureFrom, until }: Step, sent: number[]): void {
    const period = 1_000 / RATE
    let due = from + Math.random() * period
    let stroke = 0
    let tail = 0
    const next = (): void => {
      const now = monotonic()
      if (now >= until) return
      if ((stroke === 0 && now >= measureFrom) || tail === TAILS) {
        stroke = Math.min(MOST_STROKES - 1, stroke + 1)
        tail = 0
      }
      const number = step * STROKES_A_STEP + this.index * MOST_STROKES + stroke
      if (stroke > 0) {
        sent.push(number, tail, now)
        this.drawn += POINTS
      }
      const start = Math.max(0, tail * POINTS - TAIL_OVERLAP)
      const points = Array.from({ length: (tail + 1) * POINTS - start }, (_, i) => start + i)
      const [xs, ys] = [points.map((at) => 100 + 4 * at), points.map((at) => 500 + 300 * Math.sin(at / 9))]
      this.wire?.send([
        {
          kind: 'tail',
          canvasId: this.wire.canvasId,
          pageId: PAGE,
          strokeId: strokeId(number),
          start,
          xs: Float32Array.from(xs),
          ys: Float32Array.from(ys),
        },
      ])
      tail++
      due += period
      setTimeout(next, Math.max(0, due - monotonic()))
    }
    setTimeout(next, Math.max(0, due - monotonic()))
  }
}

const received: number[] = []
const current = { step: -1 }
let clients: FanClient[] = []

export const handlers = {
  async open({ target, real, first, count }: Crowd): Promise<void> {
    const peers = real ? realPeers : rawPeers
    const open = target.kind === 'trainboard' ? (real ? openReal : openRaw) : peers[target.kind]
    clients = Array.from({ length: count }, (_, i) => new FanClient(first + i, real ? received : null))
    const waiting = [...clients]
    const openSome = async (): Promise<void> => {
      for (let client = waiting.shift(); client; client = waiting.shift()) {
        const { index } = client
        const hears = client
        client.wire = await open(target, index, (tails) => hears.hear(tails, monotonic()))
      }
    }
    await Promise.all(Array.from({ length: OPEN_AT_ONCE }, openSome))
  },
  async run(step: Step): Promise<Seen> {
    received.length = 0
    current.step = step.step
    const sent: number[] = []
    for (const client of clients) {
      client.begin()
      if (client.index < step.drawers) client.draw(step, sent)
    }
    await new Promise((resolve) => setTimeout(resolve, step.listenUntil - monotonic()))
    current.step = -1
    return {
      sent: Float64Array.from(sent),
      received: Float64Array.from(received),
      arrived: clients.reduce((sum, { arrived }) => sum + arrived, 0),
      drawn: new Map(clients.map(({ index, drawn }) => [index, drawn])),
    }
  },
  close(): void {
    for (const { wire } of clients) wire?.close()
    clients = []
  },
}

answerParent(handlers)
