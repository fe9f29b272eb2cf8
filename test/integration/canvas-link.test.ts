import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { CanvasLink } from '../../client/net/canvas-link.ts'
import { connectSocket, type RoomSocket } from '../../client/net/socket.ts'
import { newId } from '../../shared/ids/id.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { startRoomServer, type RoomServer } from '../support/room-server.ts'

const PATIENCE = { timeout: 15_000, interval: 20 }
const stroke = line([100, 100], [400, 400], 12)

let server: RoomServer
let owner: Client
let projectId: string
let codes: { readonly editor: string | null; readonly viewer: string | null }
let canvasId: string
const closing: (() => void)[] = []

beforeAll(async () => {
  server = await startRoomServer()
  owner = await Client.arrive(server.url, 'Olga')
  const created = await owner.create('empty', ['cat'])
  projectId = created.project.id
  codes = created.codes
  await owner.join(projectId)
  canvasId = (await owner.command('canvas:create', { name: 'Ours' })).id
})
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})
afterAll(async () => {
  owner.leave()
  await server.stop()
})

/** Every socket that a link opens, to break it, and a network that can be down for as long as a test wants. */
function watchedSockets(): {
  readonly opened: WebSocket[]
  readonly network: { down: boolean }
  readonly WebSocket: typeof globalThis.WebSocket
} {
  const opened: WebSocket[] = []
  const network = { down: false }
  class Watched extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols)
      opened.push(this)
      if (network.down) this.terminate()
    }
  }
  return { opened, network, WebSocket: Watched as never }
}

async function member(name: string, code: string | null): Promise<{ client: Client; socket: RoomSocket }> {
  const client = await Client.arrive(server.url, name)
  await client.joinByCode(code)
  const socket = connectSocket({ token: client.token, url: server.url })
  closing.push(() => {
    socket.close()
  })
  await socket.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
  return { client, socket }
}

function open(client: Client, socket: RoomSocket, how: { token?: string; generation?: number } = {}) {
  const sockets = watchedSockets()
  const link = new CanvasLink({
    projectId,
    canvasId,
    generation: how.generation ?? 1,
    token: how.token ?? client.token ?? '',
    userId: client.userId,
    socket,
    origin: server.url.replace('http', 'ws'),
    onChange: () => undefined,
    WebSocket: sockets.WebSocket,
  })
  closing.push(() => {
    link.close()
  })
  return { link, opened: sockets.opened, network: sockets.network }
}

async function ownersView(): Promise<CanvasClient> {
  const view = await owner.canvas(projectId, `${canvasId}.1`).synced()
  closing.push(() => {
    view.leave()
  })
  return view
}

const reaches = (link: CanvasLink, kind: string): Promise<void> =>
  vi.waitFor(() => {
    expect(link.state.kind).toBe(kind)
  }, PATIENCE)

describe('a canvas link and the server that closes it', () => {
  it('[NET-20] keeps what is drawn while the connection is down and brings it over after', async () => {
    const { client, socket } = await member('Mia', codes.editor)
    const { link, opened, network } = open(client, socket)
    await reaches(link, 'live')
    network.down = true
    opened.at(-1)?.terminate()
    await reaches(link, 'offline')
    const id = newId()
    link.commit(id, stroke)
    expect(link.strokes.map((one) => one.id)).toContain(id)
    expect(link.unsavedCount).toBe(1)
    network.down = false
    await reaches(link, 'live')
    await vi.waitFor(() => {
      expect(link.unsavedCount).toBe(0)
    }, PATIENCE)
    const view = await ownersView()
    expect(view.strokes()).toContain(id)
  })

  it('[NET-21] starts over with a new document when the server asks for it (4409), and may draw then', async () => {
    const { client, socket } = await member('Vera', codes.viewer)
    const { link } = open(client, socket)
    await reaches(link, 'live')
    const before = link.canvas
    await owner.command('person:role', { userId: client.userId, role: 'editor' })
    await vi.waitFor(() => {
      expect(link.canvas).not.toBe(before)
    }, PATIENCE)
    await reaches(link, 'live')
    const id = newId()
    link.commit(id, stroke)
    await vi.waitFor(() => {
      expect(link.unsavedCount).toBe(0)
    }, PATIENCE)
  })

  it('[NET-22] keeps a stroke that the server goes on refusing, and shows it, instead of trying for ever', async () => {
    const { client, socket } = await member('Leo', codes.editor)
    const { link, opened } = open(client, socket)
    await reaches(link, 'live')
    const view = await ownersView()
    // No identifier is so long.
    const extra = newId().repeat(20)
    link.commit(extra, stroke)
    await reaches(link, 'refused')
    expect(link.strokes.map(({ id }) => id)).toContain(extra)
    expect(link.unsavedCount).toBe(1)
    expect(link.takesInk).toBe(false)
    expect(view.strokes()).not.toContain(extra)
    expect(opened.length).toBeLessThanOrEqual(5)
  })

  it('[NET-23] ends for a session that is none (4401) and for a generation that is gone (4404)', async () => {
    const { client, socket } = await member('Noor', codes.editor)
    const stranger = open(client, socket, { token: 'x'.repeat(43) })
    await reaches(stranger.link, 'ended')
    expect(stranger.link.state).toEqual({ kind: 'ended', why: 'unauthenticated' })
    const outdated = open(client, socket, { generation: 7 })
    await reaches(outdated.link, 'ended')
    expect(outdated.link.state).toEqual({ kind: 'ended', why: 'deleted' })
    expect(outdated.link.takesInk).toBe(false)
  })

  it('[NET-24] ends when the person is taken out of the room (4403), and does not come back', async () => {
    const { client, socket } = await member('Kofi', codes.editor)
    const { link, opened } = open(client, socket)
    await reaches(link, 'live')
    await owner.command('person:remove', { userId: client.userId })
    await reaches(link, 'ended')
    expect(link.state).toEqual({ kind: 'ended', why: 'revoked' })
    expect(opened).toHaveLength(1)
  })

  it('[NET-25] waits with what is unsaved while the session is over, and brings it once it goes on', async () => {
    const { client, socket } = await member('Mona', codes.editor)
    const { link } = open(client, socket)
    await reaches(link, 'live')
    await owner.command('hand:end', { ended: true })
    await reaches(link, 'offline')
    const id = newId()
    link.commit(id, stroke)
    expect(link.unsavedCount).toBe(1)
    await owner.command('hand:end', { ended: false })
    await reaches(link, 'live')
    const view = await ownersView()
    await vi.waitFor(() => {
      expect(view.strokes()).toContain(id)
    }, PATIENCE)
  })
})
