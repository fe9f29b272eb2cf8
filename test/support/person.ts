import type { Stroke } from '../../shared/canvas/stroke.ts'
import { newId } from '../../shared/ids/id.ts'
import type { CommandResults, RoomState } from '../../shared/protocol/events.ts'
import { INK_TICK_MS, TAIL_OVERLAP } from '../../shared/protocol/ink.ts'
import { Client, type CanvasClient } from './clients.ts'

/** Somebody who sits in a room with a canvas of their own, draws on it at a pen's pace and labels it. */
export class Person {
  room!: RoomState
  canvas: CanvasClient | null = null
  /** Connections that ended without this person leaving. */
  readonly errors: string[] = []
  private leaving = false

  private constructor(readonly client: Client) {}

  static async arrive(url: string, name: string): Promise<Person> {
    return new Person(await Client.arrive(url, name))
  }

  /** The same person at another address of the server, or after its restart. */
  at(url: string): Person {
    return new Person(this.client.again(url))
  }

  get socket(): Client['socket'] {
    return this.client.socket
  }

  get canvasId(): string {
    return this.room.you.canvasId ?? ''
  }

  get pageId(): string {
    return this.canvas?.pageId ?? ''
  }

  /** Comes into the room and waits for the own canvas to be there. */
  async enter(projectId: string): Promise<void> {
    const { socket } = this
    socket.on('connect_error', (error) => this.errors.push(`connect: ${error.message}`))
    socket.on('disconnect', (reason) => {
      if (!this.leaving) this.errors.push(`socket: ${reason}`)
    })
    this.room = await this.client.join(projectId)
    socket.on('model:published', ({ model }) => {
      this.room = { ...this.room, model }
    })
    const own = this.room.canvases.find(({ id }) => id === this.room.you.canvasId)
    if (own === undefined) return
    this.canvas = await this.client.canvas(projectId, `${own.id}.${String(own.generation)}`).synced()
    void this.canvas.closed.then(() => {
      if (!this.leaving) this.errors.push('sync: the connection was closed')
    })
  }

  /**
   * Draws a stroke at the speed it was drawn at, tail by tail; `sent` hears the points sent so far, and when the pen was
   * at each of the new ones (ms as `performance.now()`).
   */
  async drawTimed(
    stroke: Stroke,
    sent: (strokeId: string, points: number, pointerAt: readonly number[]) => void,
  ): Promise<void> {
    const { canvasId, pageId } = this
    const strokeId = newId()
    const startedAt = performance.now()
    let known = 0
    for (;;) {
      const elapsed = performance.now() - startedAt
      let upTo = known
      while (upTo < stroke.xs.length && (stroke.times?.[upTo] ?? 0) <= elapsed) upTo++
      if (upTo > known) {
        const start = Math.max(0, known - TAIL_OVERLAP)
        const [xs, ys] = [stroke.xs.slice(start, upTo), stroke.ys.slice(start, upTo)]
        const times = Array.from({ length: upTo - known }, (_, i) => stroke.times?.[known + i] ?? 0)
        sent(
          strokeId,
          upTo,
          times.map((ms) => startedAt + ms),
        )
        this.client.ink({ kind: 'tail', canvasId, pageId, strokeId, start, xs, ys })
        known = upTo
      }
      if (known >= stroke.xs.length) break
      await pause(INK_TICK_MS)
    }
    this.commit(strokeId, stroke)
  }

  commit(strokeId: string, stroke: Stroke): void {
    this.canvas?.draw(stroke, strokeId)
  }

  turnPage(): void {
    this.canvas?.turn()
  }

  /** Labels the current page and turns it, as the page in the browser does. */
  label(classId: string): Promise<CommandResults['drawing:label']> {
    const { canvasId, pageId } = this
    const stateVector = this.canvas?.stateVector ?? new Uint8Array()
    this.turnPage()
    return this.client.command('drawing:label', {
      canvasId,
      pageId,
      classId,
      stateVector,
      idempotencyKey: newId(),
    })
  }

  leave(): void {
    this.leaving = true
    this.client.leave()
  }
}

/** The pen's own pace: this is time that a replay takes, not a wait for something to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
