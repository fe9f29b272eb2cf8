import { vi, expect } from 'vitest'
import type { Column } from '../integration/permissions-table.ts'
import type { ClassInfo, ProjectSettings } from '../../shared/protocol/entities.ts'
import { newId } from '../../shared/ids/id.ts'
import { Client, line, type CanvasClient } from './clients.ts'
import { ask, type Answer, type Asked } from './http.ts'

/** A room with an owner, another editor, and an actor who takes the role that is tried. */
export class House {
  private readonly newcomers: Client[] = []

  private constructor(
    readonly url: string,
    readonly projectId: string,
    readonly owner: Client,
    readonly other: Client,
    readonly actor: Client,
    readonly canvasIds: { readonly actor: string; readonly other: string; readonly shared: string },
    readonly classes: readonly ClassInfo[],
  ) {}

  /** The actor is an editor until `become`, so that there can be drawings of theirs in any role. */
  static async build(url: string): Promise<House> {
    const [owner, other, actor] = await Promise.all(
      ['Ada', 'Ben', 'Cleo'].map((name) => Client.arrive(url, name)),
    )
    if (!owner || !other || !actor) throw new Error('three people arrive')
    const { project, codes } = await owner.create('empty', ['cat', 'dog'])
    const { classes } = await owner.join(project.id)
    await other.joinByCode(codes.editor)
    await actor.joinByCode(codes.editor)
    const others = await other.join(project.id)
    const actors = await actor.join(project.id)
    const shared = await owner.command('canvas:create', { name: 'All of us' })
    const canvasIds = {
      actor: actors.you.canvasId ?? '',
      other: others.you.canvasId ?? '',
      shared: shared.id,
    }
    return new House(url, project.id, owner, other, actor, canvasIds, classes)
  }

  async become(column: Column): Promise<void> {
    if (column === 'manager') await this.configure({ editorsMayManage: true })
    const role = column === 'manager' ? 'editor' : column
    if (role === 'editor') return
    const told = this.actor.next('you:role')
    await this.owner.command('person:role', { userId: this.actor.userId, role })
    await told
  }

  async configure(settings: Partial<ProjectSettings>): Promise<void> {
    const changed = this.owner.next('project:changed')
    const answer = await this.rest('', { method: 'PATCH', body: { settings } }, this.owner)
    expect(answer.status).toBe(200)
    await changed
  }

  rest(path: string, asked: Asked = {}, by = this.actor): Promise<Answer> {
    return ask(`${this.url}/api/v1/projects/${this.projectId}${path}`, { ...asked, token: by.token ?? '' })
  }

  /** Somebody's drawing on a canvas, as the server has it. */
  async drawn(by: Client, canvasId: string): Promise<CanvasClient> {
    const canvas = await by.canvas(this.projectId, canvasId).synced()
    const strokeId = canvas.draw(line([0, 0], [300, 300]))
    await vi.waitFor(async () => expect(await this.strokesOn(canvasId)).toContain(strokeId))
    return canvas
  }

  /** What a label of the canvas's current page is asked with, the class aside. */
  requestFor(canvas: CanvasClient, canvasId: string) {
    const { pageId, stateVector } = canvas
    return { canvasId, pageId, stateVector, idempotencyKey: newId() }
  }

  /** Ids of the strokes on the current page, as the server has it. */
  async strokesOn(canvasId: string): Promise<string[]> {
    const { snapshots } = await this.owner.command('canvas:snapshot', { canvasIds: [canvasId] })
    return snapshots.flatMap(({ strokes }) => strokes.map(({ id }) => id))
  }

  /** Everything that must stay as it is when something is refused. */
  async state(): Promise<unknown> {
    // A connection of its own: commands are limited a connection.
    const asker = this.owner.again()
    const room = await asker.join(this.projectId)
    const canvasIds = room.canvases.map(({ id }) => id)
    const { snapshots } = await asker.command('canvas:snapshot', { canvasIds })
    const { items } = await asker.command('drawing:to-sort', { limit: 50 })
    const { checkpoints } = await asker.command('checkpoint:list', {})
    asker.leave()
    const { json } = await this.rest('', {}, this.owner)
    // The schedule writes its own, whoever asks for what.
    const asked = checkpoints.filter(({ reason }) => reason !== 'schedule')
    return { room, snapshots, items, checkpoints: asked, json }
  }

  /** Somebody who is no member yet. */
  async newcomer(name: string): Promise<Client> {
    const client = await Client.arrive(this.url, name)
    this.newcomers.push(client)
    return client
  }

  leave(): void {
    for (const one of [this.owner, this.other, this.actor, ...this.newcomers]) one.leave()
  }
}
