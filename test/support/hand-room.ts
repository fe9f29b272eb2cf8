import { expect, vi } from 'vitest'
import type { JoinCodes } from '../../shared/protocol/entities.ts'
import { decodeRoomInk } from '../../shared/protocol/ink.ts'
import { newId } from '../../shared/ids/id.ts'
import { Client, line, type CanvasClient } from './clients.ts'
import { ask } from './http.ts'
import type { RoomServer } from './room-server.ts'

/** A room of 'Ada', who owns it, and of people named 'Person 0' on; `ben` is the first of them. */
export class HandRoom {
  private readonly others: Client[] = []

  private constructor(
    readonly url: string,
    readonly projectId: string,
    readonly ada: Client,
    readonly ben: Client,
    /** Ben's own canvas, '' for a viewer. */
    readonly bens: string,
    readonly classId: string,
    private readonly firstCodes: JoinCodes,
  ) {}

  static async build(
    { url }: Pick<RoomServer, 'url'>,
    people: readonly ('editor' | 'viewer')[] = ['editor'],
  ): Promise<HandRoom> {
    const ada = await Client.arrive(url, 'Ada')
    const { project, codes } = await ada.create('empty', ['cat', 'dog'])
    const { classes } = await ada.join(project.id)
    const clients: Client[] = []
    let bens = ''
    for (const [index, role] of people.entries()) {
      const client = await Client.arrive(url, `Person ${String(index)}`)
      await client.joinByCode(codes[role])
      const { you } = await client.join(project.id)
      if (index === 0) bens = you.canvasId ?? ''
      clients.push(client)
    }
    const [ben = ada] = clients
    const room = new HandRoom(url, project.id, ada, ben, bens, classes[0]?.id ?? '', codes)
    room.others.push(...clients)
    return room
  }

  get codes() {
    const { editor, viewer } = this.firstCodes
    return {
      editor,
      viewer,
      /** The codes as they are now. */
      read: async (): Promise<JoinCodes> => {
        const { json } = await ask(`${this.url}/api/v1/projects/${this.projectId}`, {
          token: this.ada.token ?? '',
        })
        return (json as { codes: JoinCodes }).codes
      },
      replace: async (role: 'editor' | 'viewer'): Promise<void> => {
        const answer = await ask(`${this.url}/api/v1/projects/${this.projectId}/codes`, {
          method: 'POST',
          body: { role, action: 'replace' },
          token: this.ada.token ?? '',
        })
        expect(answer.status).toBe(200)
      },
    }
  }

  /** Somebody who joined by a code and has not come in yet. */
  readonly arrive = async (name: string, code: string | null): Promise<Client> => {
    const client = await Client.arrive(this.url, name)
    this.others.push(client)
    await client.joinByCode(code)
    return client
  }

  /** Ids of the strokes on a canvas's current page, as the server has it. */
  readonly drawnOn = async (canvasId: string): Promise<string[]> => {
    const { snapshots } = await this.ada.command('canvas:snapshot', { canvasIds: [canvasId] })
    return snapshots.flatMap(({ strokes }) => strokes.map(({ id }) => id))
  }

  /** Somebody's canvas with one more stroke on it, which the server has. */
  readonly drawn = async (by: Client, canvasId: string): Promise<CanvasClient> => {
    const canvas = await by.canvas(this.projectId, canvasId).synced()
    await vi.waitFor(() => expect(canvas.pageId).not.toBe(''))
    const strokeId = canvas.draw(line([0, 0], [300, 300]))
    await vi.waitFor(async () => expect(await this.drawnOn(canvasId)).toContain(strokeId))
    return canvas
  }

  /** Whether ink of somebody reaches the room: it was sent, and handled, before ink of the owner that does. */
  readonly inkFrom = async (by: Client, canvasId: string): Promise<boolean> => {
    const [mine, mark] = [newId(), newId()]
    const heard = new Set<string>()
    const send = (client: Client, strokeId: string): void => {
      const { xs, ys } = line([0, 0], [50, 50], 5)
      client.ink({ kind: 'tail', canvasId, pageId: 'page', strokeId, start: 0, xs, ys })
    }
    const marked = this.ada.next('ink', (batch) => {
      for (const { message } of decodeRoomInk(new Uint8Array(batch)))
        if (message.kind === 'tail') heard.add(message.strokeId)
      return heard.has(mark)
    })
    send(by, mine)
    await by.ask('canvas:snapshot', { canvasIds: [] })
    send(this.ada, mark)
    await marked
    return heard.has(mine)
  }

  readonly leave = (): void => {
    for (const one of [this.ada, ...this.others]) one.leave()
  }
}
