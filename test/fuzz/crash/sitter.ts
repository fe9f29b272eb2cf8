import type { RoomState } from '../../../shared/protocol/events.ts'
import type { ErrorCode } from '../../../shared/protocol/errors.ts'
import { findPage, readStrokes } from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import { CanvasClient, type Client } from '../../support/clients.ts'
import type { FixtureDrawing } from '../../support/fixtures.ts'
import { pause } from '../../support/person.ts'
import type { Dice } from '../draw.ts'
import type { LabelNote, Ledger } from './ledger.ts'

const RETRY_MS = 60
/** So often a label is asked for again whose strokes are not there: a page that was closed took them along. */
const PATIENCE = 2
const STROKES = 4

/** Refusals that pass. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'stopping', 'too-many'])

/** The time from one start of a server to its end. */
export interface Life {
  readonly url: string
  isOver(): boolean
  /** Resolves when it is over. */
  readonly ended: Promise<void>
}

export interface Seat {
  readonly index: number
  readonly first: Client
  readonly projectId: string
  readonly ledger: Ledger
  readonly sketches: readonly FixtureDrawing[]
  /** Of a class by its name in the sketches. */
  readonly classIds: ReadonlyMap<string, string>
  /** Ms between two drawings, at most. */
  readonly paceMs: number
  /** Told of what a server must never do. */
  readonly complain: (words: string) => void
}

/** Somebody who draws and labels, comes back to each new life of the server and asks again for what was not answered. */
export class Sitter {
  client: Client
  /** Canvases by id, the own one first. */
  private readonly canvases = new Map<string, CanvasClient>()
  private readonly asking = new Set<LabelNote>()
  room: RoomState | null = null

  constructor(readonly seat: Seat) {
    this.client = seat.first
  }

  get unanswered(): readonly LabelNote[] {
    return this.seat.ledger.pending(this.seat.index)
  }

  /** Joins, opens the canvases and asks again for what was not answered, however often that takes. */
  async come(life: Life): Promise<void> {
    while (!life.isOver()) {
      this.client = this.seat.first.again(life.url)
      try {
        await Promise.race([this.enter(), life.ended])
        break
      } catch {
        this.client.leave()
        await pause(RETRY_MS)
      }
    }
    const open = [...this.canvases.values()].map((canvas) => canvas.synced())
    await Promise.race([Promise.all(open), life.ended])
  }

  /** Draws and labels until the life is over. */
  async work(life: Life, dice: Dice): Promise<void> {
    const { ledger, sketches, classIds, paceMs } = this.seat
    const retrying = this.retry(life)
    while (!life.isOver()) {
      const [canvasId, canvas] = dice.pick([...this.canvases])
      const sketch = dice.pick(sketches)
      for (const stroke of sketch.strokes.slice(0, STROKES)) {
        if (life.isOver()) break
        if (canvas.pageId === '') break
        ledger.drew(canvas.draw({ ...stroke, at: Date.now() }), canvasId, canvas.doc)
        await pause(dice.int(0, 20))
      }
      // One alone turns the pages of a shared canvas: a page turned by two is a cleared one, of which the newest stay.
      const mayTurn = this.seat.index === 0 || canvasId === this.room?.you.canvasId
      if (!life.isOver() && mayTurn && dice.chance(0.75))
        void this.label(life, canvasId, canvas, classIds.get(sketch.label) ?? '')
      if (!life.isOver() && dice.chance(0.04)) void this.undo('withdrawal', life, dice)
      if (!life.isOver() && dice.chance(0.04)) void this.undo('deletion', life, dice)
      await pause(dice.int(paceMs / 8, paceMs))
    }
    await retrying
  }

  /** The page is closed: what was not sent is gone. */
  leave(): void {
    this.client.leave()
    for (const canvas of this.canvases.values()) canvas.leave()
    this.canvases.clear()
  }

  /** Asks until every label is answered or refused. */
  async retry(life: Life): Promise<void> {
    do {
      await Promise.all(this.unanswered.map((note) => this.ask(note, life)))
      await pause(RETRY_MS)
    } while (!life.isOver())
  }

  private async enter(): Promise<void> {
    const { projectId, ledger, first } = this.seat
    await connected(this.client)
    const { socket } = this.client
    socket.on('canvas:saved', ({ canvasId, stateVector }) =>
      ledger.saved(canvasId, new Uint8Array(stateVector)),
    )
    if (this.seat.index === 0) {
      socket.on('training:progress', ({ step }) => ledger.trained(step))
      socket.on('model:published', ({ model }) => ledger.trained(model.step))
    }
    this.room = await this.client.join(projectId)
    const { canvasId: own } = this.room.you
    for (const { id, generation, ownerId } of this.room.canvases) {
      if (id !== own && ownerId !== null) continue
      const known = this.canvases.get(id)
      if (known) known.provider.connect()
      else {
        const name = `${id}.${String(generation)}`
        this.canvases.set(id, new CanvasClient(this.client.url, projectId, name, first.token, 'subprotocol'))
      }
      const { stateVector } = await this.client.command('canvas:saved?', { canvasId: id })
      ledger.saved(id, new Uint8Array(stateVector))
    }
  }

  private async label(life: Life, canvasId: string, canvas: CanvasClient, classId: string): Promise<void> {
    const strokeIds = canvas.strokes()
    if (strokeIds.length === 0) return
    const { pageId, stateVector } = canvas
    canvas.turn()
    await this.ask(this.note({ canvasId, pageId, classId, stateVector, strokeIds }), life)
  }

  private note(request: Omit<LabelNote['request'], 'idempotencyKey'>): LabelNote {
    const note: LabelNote = {
      by: this.seat.index,
      request: { ...request, idempotencyKey: newId() },
      drawingId: null,
      refused: null,
      attempts: 0,
      passing: null,
      withdrawal: 'none',
      deletion: 'none',
    }
    this.seat.ledger.labels.set(note.request.idempotencyKey, note)
    return note
  }

  /** Labels what the server has of a page whose last strokes went with the labeller's own page. */
  private labelRest({ request }: LabelNote): void {
    const canvas = this.canvases.get(request.canvasId)
    const page = canvas && findPage(canvas.doc, request.pageId)
    const strokeIds = page ? readStrokes(page).map(({ id }) => id) : []
    if (!canvas || strokeIds.length === 0) return
    const { canvasId, pageId, classId } = request
    this.note({ canvasId, pageId, classId, stateVector: canvas.stateVector, strokeIds })
  }

  private async ask(note: LabelNote, life: Life): Promise<void> {
    if (life.isOver() || this.asking.has(note)) return
    note.attempts++
    this.asking.add(note)
    try {
      const reply = await inLife(life, this.client.ask('drawing:label', note.request))
      if (!reply) return
      note.passing = 'error' in reply ? reply.error.code : null
      if ('ok' in reply) this.seat.ledger.labelled(note, reply.ok.drawing)
      else if (reply.error.code === 'internal')
        this.seat.complain(`a label was answered with ${reply.error.detail}`)
      else if (reply.error.code === 'strokes-missing' && note.attempts <= PATIENCE) return
      else if (!PASSING.has(reply.error.code)) {
        note.refused = `${reply.error.code} (${reply.error.detail})`
        if (reply.error.code === 'strokes-missing') this.labelRest(note)
      }
    } finally {
      this.asking.delete(note)
    }
  }

  /** Takes a label of one's own canvas back, or deletes its drawing: what it holds is known there, nobody else draws. */
  private async undo(how: 'withdrawal' | 'deletion', life: Life, dice: Dice): Promise<void> {
    const mine = [...this.seat.ledger.labels.values()].filter(
      ({ by, request, drawingId, withdrawal, deletion }) =>
        by === this.seat.index &&
        request.canvasId === this.room?.you.canvasId &&
        drawingId !== null &&
        withdrawal === 'none' &&
        deletion === 'none',
    )
    if (mine.length === 0) return
    const note = dice.pick(mine)
    const { client } = this
    const payload = { drawingId: note.drawingId ?? '' }
    note[how] = 'asked'
    const asked =
      how === 'deletion' ? client.ask('drawing:delete', payload) : client.ask('drawing:withdraw', payload)
    const reply = await inLife<{ ok: unknown } | { error: unknown }>(life, asked)
    if (reply && 'ok' in reply) note[how] = 'acknowledged'
  }
}

/** An answer; null where there is none before the life is over. */
export function inLife<T>(life: Life, answer: Promise<T>): Promise<T | null> {
  return Promise.race([answer.catch(() => null), life.ended.then(() => null)])
}

/** @throws Error where there is no connection to be had */
function connected(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.socket.once('connect', resolve)
    client.socket.once('connect_error', reject)
  })
}
