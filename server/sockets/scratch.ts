import { fromBase64 } from '../../shared/canvas/base64.ts'
import { decodeStroke, StrokeCodecError } from '../../shared/canvas/codec.ts'
import type { ClassInfo } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { CommandResults, Prediction } from '../../shared/protocol/events.ts'
import { GHOST_LIFE_MS, type InkPart } from '../../shared/protocol/ink.ts'
import type { CommandPayload } from '../../shared/protocol/payloads.ts'
import type { Learning, StrokePath } from '../learning/service.ts'
import type { Clock } from '../ops/clock.ts'
import type { RoomMetrics } from '../rooms/ports.ts'
import { InkTails } from '../rooms/ink-tails.ts'

const CANVAS = 'scratch'
/** Points of a scratch pad, finished strokes together. */
const MAX_POINTS = 50_000

type Tag = Omit<Prediction, 'modelVersion' | 'probabilities'>

export interface ScratchOptions {
  /** Names the pad among all pads of the server. */
  readonly key: string
  readonly learning: Learning
  readonly clock: Clock
  readonly metrics?: Pick<RoomMetrics, 'refused'> | undefined
  readonly send: (made: { modelVersion: number; items: readonly Prediction[] }) => void
}

/** The pad of the home page: guessed by the starter model, told to its own socket alone, stored nowhere. */
export class Scratch {
  private finished = new Map<string, StrokePath>()
  private tails = new InkTails()
  private pageId = CANVAS
  private opened = false

  constructor(private readonly options: ScratchOptions) {}

  open(): CommandResults['scratch:open'] {
    const { model, classNames } = this.options.learning.starter()
    this.opened = true
    const classes: ClassInfo[] = model.classIds.map((id, i) => ({
      id,
      name: classNames[i] ?? id,
      number: i + 1,
      count: 0,
    }))
    return { model, classes }
  }

  /** Replaces the finished strokes. @throws AppError `invalid`, `too-large` */
  set({ strokes }: CommandPayload<'scratch:set'>): Record<string, never> {
    if (!this.opened) throw new AppError('invalid', 'scratch:open comes first')
    const finished = new Map<string, StrokePath>()
    let points = 0
    strokes.forEach(({ id, base64 }, i) => {
      const path = read(fromBase64(base64), `strokes.${String(i)}.base64`)
      points += path.xs.length
      finished.set(id, path)
    })
    if (points > MAX_POINTS) {
      this.options.metrics?.refused('scratch-points')
      throw new AppError('too-large', `at most ${String(MAX_POINTS)} points`)
    }
    const now = this.options.clock.now()
    for (const id of finished.keys()) this.tails.finish(id, now)
    this.finished = finished
    this.guess()
    return {}
  }

  ink(parts: readonly InkPart[]): void {
    if (!this.opened || parts.length === 0) return
    const now = this.options.clock.now()
    let changed = this.tails.expire(now)
    for (const { message } of parts) {
      if (message.canvasId !== CANVAS) continue
      if (message.kind === 'tail' && !this.finished.has(message.strokeId)) {
        this.pageId = message.pageId
        changed = this.tails.add(message, CANVAS, now) || changed
      } else if (message.kind === 'ended') {
        changed = this.tails.end(message.strokeId, CANVAS, now) || changed
      }
    }
    if (changed) this.guess()
  }

  close(): void {
    this.opened = false
    this.finished.clear()
    this.tails = new InkTails()
  }

  private guess(): void {
    const { learning, key, send } = this.options
    if (this.look().tag.points === 0) {
      const { version } = learning.starter().model
      send({
        modelVersion: version,
        items: [{ ...this.look().tag, modelVersion: version, probabilities: [] }],
      })
      return
    }
    learning.predict<Tag>(
      'starter',
      {
        key,
        view: () => {
          const looked = this.look()
          return this.opened && looked.tag.points > 0 ? looked : null
        },
      },
      ({ tag, probabilities }, { version }) => {
        if (!this.opened || this.look().tag.points === 0) return
        const rounded = probabilities.map((share) => Math.round(share * 1e4) / 1e4)
        send({ modelVersion: version, items: [{ ...tag, modelVersion: version, probabilities: rounded }] })
      },
    )
  }

  private look(): { strokes: StrokePath[]; tag: Tag } {
    const { pageId } = this
    const now = this.options.clock.now()
    const strokes: StrokePath[] = [...this.finished.values()]
    let newest = { id: [...this.finished.keys()].at(-1) ?? '', points: strokes.at(-1)?.xs.length ?? 0 }
    for (const stroke of this.tails.values()) {
      if (now - stroke.at >= GHOST_LIFE_MS) continue
      strokes.push(stroke)
      newest = { id: stroke.strokeId, points: stroke.xs.length }
    }
    const points = strokes.reduce((sum, { xs }) => sum + xs.length, 0)
    return {
      strokes,
      tag: { canvasId: CANVAS, pageId, strokeId: newest.id, points, strokePoints: newest.points },
    }
  }
}

function read(bytes: Uint8Array, path: string): StrokePath {
  try {
    return decodeStroke(bytes)
  } catch (cause) {
    if (!(cause instanceof StrokeCodecError)) throw cause
    throw new AppError('invalid', cause.message, { cause, path })
  }
}
