import 'fake-indexeddb/auto'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { CanvasLink, type CanvasLinkOptions } from '../../client/net/canvas-link.ts'
import { AppError } from '../../shared/protocol/errors.ts'

/** Nobody listens here. */
const NOWHERE = 'ws://127.0.0.1:9'

/** A device that has kept nothing yet: what was kept before is out of reach. */
export function newDevice(): void {
  const { IDBFactory } = globalThis as { IDBFactory?: new () => object }
  Object.assign(globalThis, { indexedDB: IDBFactory ? new IDBFactory() : undefined })
}

/** A device whose browser keeps nothing. */
export function deviceWithoutStorage(): void {
  Object.assign(globalThis, { indexedDB: undefined })
}

/** A room's socket while the server is away. */
export const noSocket: CanvasLinkOptions['socket'] = {
  on: () => () => undefined,
  onReconnect: () => () => undefined,
  command: () => Promise.reject(new AppError('unavailable')),
}

export interface OpenedLink {
  readonly link: CanvasLink
  /** Every socket it opened, to break it or to read its address. */
  readonly opened: WebSocket[]
}

type LinkHow = Pick<CanvasLinkOptions, 'projectId' | 'canvasId' | 'userId'> & Partial<CanvasLinkOptions>

/** A page load's link to a canvas; without an origin it finds no server. */
export function openLink(how: LinkHow): OpenedLink {
  const opened: WebSocket[] = []
  class Watched extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols)
      opened.push(this)
    }
  }
  const link = new CanvasLink({
    generation: 1,
    token: 'none',
    socket: noSocket,
    origin: NOWHERE,
    onChange: () => undefined,
    WebSocket: Watched as never,
    ...how,
  })
  return { link, opened }
}

/** Resolves once `look` answers true. */
export function until(look: () => boolean, timeout = 15_000): Promise<void> {
  return vi.waitFor(
    () => {
      if (!look()) throw new Error(`still not so: ${look.toString()}`)
    },
    { timeout, interval: 20 },
  )
}
