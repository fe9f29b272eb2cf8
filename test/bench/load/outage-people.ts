import { shallowRef } from 'vue'
import { createOutbox, type Outbox } from '../../../client/net/outbox.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { newId } from '../../../shared/ids/id.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { FixtureDrawing } from '../../support/fixtures.ts'
import { pause, type Person } from '../../support/person.ts'
import { isStored } from '../../support/stored-state.ts'

/** Between two drawings of a person, in ms. */
const REST_MS = 3_000

/** A label that the server has acknowledged. */
export interface Acknowledged {
  readonly drawingId: string
  readonly classId: string
  /** When, in ms as `performance.now()`. */
  readonly at: number
}

/** Somebody who draws and labels without end, with the outbox of the page in the browser. */
export class OutagePerson {
  readonly acknowledged: Acknowledged[] = []
  readonly refusals: string[] = []
  /** Labels that wait for their acknowledgement. */
  waiting = 0
  private readonly outbox: Outbox
  private drawing = true

  constructor(
    readonly person: Person,
    private readonly classIds: ReadonlyMap<string, string>,
  ) {
    const command: RoomSocket['command'] = async (name, payload) => {
      const answer = await person.client.ask(name, payload)
      if ('ok' in answer) return answer.ok
      const { code, detail } = answer.error
      throw new AppError(code, detail)
    }
    this.outbox = createOutbox({ command, status: shallowRef<SocketStatus>('online') })
  }

  /** Draws one drawing after the other until `rest`. */
  async draw(drawings: readonly FixtureDrawing[], from: number): Promise<void> {
    await pause((from * 97) % REST_MS)
    for (let i = from; this.drawing; i++) {
      const drawing = drawings[(i * 37) % drawings.length]
      for (const stroke of drawing?.strokes ?? []) this.person.commit(newId(), stroke)
      this.label(this.classIds.get(drawing?.label ?? '') ?? '')
      await pause(REST_MS)
    }
  }

  rest(): void {
    this.drawing = false
  }

  /** Resolves once everything that was drawn is stored, as the server says. */
  async saved(): Promise<void> {
    const { canvas, canvasId, client } = this.person
    if (!canvas) return
    for (;;) {
      const answer = await client.ask('canvas:saved?', { canvasId })
      if ('ok' in answer && isStored(answer.ok, canvas.doc)) return
      await pause(150)
    }
  }

  private label(classId: string): void {
    const { canvasId, pageId, canvas } = this.person
    const stateVector = canvas?.stateVector ?? new Uint8Array()
    this.person.turnPage()
    this.waiting++
    this.outbox
      .send('drawing:label', { canvasId, pageId, classId, stateVector, idempotencyKey: newId() })
      .then(({ drawing }) =>
        this.acknowledged.push({ drawingId: drawing.id, classId, at: performance.now() }),
      )
      .catch((error: unknown) => this.refusals.push(String(error)))
      .finally(() => this.waiting--)
  }
}
