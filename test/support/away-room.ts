import { expect } from 'vitest'
import { localDb } from '../../client/net/local-db.ts'
import { deviceKeeper } from '../../client/net/outbox-keeper.ts'
import { createOutbox, type Outbox, type OutboxOptions } from '../../client/net/outbox.ts'
import { connectSocket, type RoomSocket } from '../../client/net/socket.ts'
import { newId } from '../../shared/ids/id.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { Client, type CanvasClient } from './clients.ts'
import { openLink, until, type OpenedLink } from './local-device.ts'

/** Somebody of the room, on one device. */
export interface Somebody {
  readonly client: Client
  readonly socket: RoomSocket
  /** A page load with the server there. */
  open(canvasId: string, how?: Partial<Parameters<typeof openLink>[0]>): OpenedLink
  /** A page load with the server away. */
  openAway(canvasId: string): OpenedLink
  outbox(socket: Parameters<typeof createOutbox>[0], options?: OutboxOptions): Outbox
}

/** A room with an owner at the server, whose other people come and go with what their devices keep. */
export interface AwayRoom {
  readonly owner: Client
  readonly projectId: string
  /** The one class. */
  readonly classId: string
  somebody(name: string): Promise<Somebody>
  newCanvas(): Promise<string>
  /** The canvas as an unmodified client sees it. */
  ownersView(canvasId: string): Promise<CanvasClient>
  /** Closes what was opened since the last time. */
  closeOpened(): void
}

export async function createAwayRoom(url: string): Promise<AwayRoom> {
  const owner = await Client.arrive(url, 'Olga')
  const created = await owner.create('empty', ['cat'])
  const projectId = created.project.id
  const classId = (await owner.join(projectId)).classes[0]?.id ?? ''
  const closing: (() => void)[] = []

  return {
    owner,
    projectId,
    classId,
    async somebody(name) {
      const client = await Client.arrive(url, name)
      await client.joinByCode(created.codes.editor)
      const socket = connectSocket({ token: client.token, url })
      closing.push(() => {
        socket.close()
      })
      const join = () => socket.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
      await join()
      socket.onReconnect(join)
      const place = { projectId, userId: client.userId }
      const opened = (one: OpenedLink): OpenedLink => {
        closing.push(() => {
          one.link.close()
        })
        return one
      }
      const there = { ...place, socket, token: client.token ?? '', origin: url.replace('http', 'ws') }
      return {
        client,
        socket,
        open: (canvasId, how) => opened(openLink({ ...there, canvasId, ...how })),
        openAway: (canvasId) => opened(openLink({ ...place, canvasId })),
        outbox(through, options) {
          const keeper = deviceKeeper(client.userId, projectId)
          const outbox = createOutbox(through, { keeper, ...options })
          closing.push(() => {
            outbox.close()
          })
          return outbox
        },
      }
    },
    newCanvas: async () => (await owner.command('canvas:create', { name: `Page ${newId().slice(0, 6)}` })).id,
    async ownersView(canvasId) {
      const view = await owner.canvas(projectId, `${canvasId}.1`).synced()
      closing.push(() => {
        view.leave()
      })
      return view
    },
    closeOpened() {
      for (const close of closing.splice(0).reverse()) close()
    },
  }
}

/** The strokes a page load shows, by id. */
export const shown = ({ link }: OpenedLink): string[] => link.strokes.map(({ id }) => id)
export const isLive = ({ link }: OpenedLink): Promise<void> => until(() => link.state.kind === 'live')
export const isSaved = ({ link }: OpenedLink): Promise<void> =>
  until(() => link.state.kind === 'live' && link.unsavedCount === 0)

/** Leaves a page as a reload does, once the device knows how much is not saved. */
export async function reloadAfter({ link }: OpenedLink, unsaved: number): Promise<void> {
  await until(() => link.keeping === 'device')
  const db = await localDb()
  await expect
    .poll(async () => ((await db?.getAll('canvases')) ?? []).map((row) => row.unsaved))
    .toContain(unsaved)
  link.close()
}
