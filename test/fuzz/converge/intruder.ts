import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { currentPage, pagesOf, putStroke } from '../../../shared/canvas/schema.ts'
import { newId } from '../../../shared/ids/id.ts'
import type { Dice } from '../draw.ts'
import type { Journal } from './journal.ts'
import { ClientSocket, type Line } from './network.ts'
import type { Place } from './person.ts'
import { randomStroke } from './random-stroke.ts'

/** How long a pen that was down at a freeze is let through, with a margin, in ms. */
const GRACE_MS = 1_200

export interface IntruderOptions {
  readonly userId: string
  readonly line: Line
  readonly place: Place
  readonly dice: Dice
  /** Since when pens rest, read anew at each use, and where it is noted what must not come in. */
  readonly house: { readonly restingSince: number | null; readonly journal: Pick<Journal, 'forbid'> }
  readonly viewer: boolean
}

/** Writes to the canvas by the published client, whatever the page would allow, and leaves after a moment. */
export function intrude({ userId, line, place, dice, house, viewer }: IntruderOptions): void {
  class Socket extends ClientSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(line, url, protocols)
    }
  }
  const doc = new Y.Doc()
  const provider = new WebsocketProvider('ws://server/sync', `${place.projectId}/${place.canvasId}.1`, doc, {
    protocols: ['trainboard', `token.${userId}`],
    disableBc: true,
    WebSocketPolyfill: Socket as never,
  })
  provider.awareness.setLocalState(null)
  const tried = new Map<string, number | null>()
  const write = (): void => {
    const page = currentPage(doc)
    const key = newId()
    if (!page) return
    tried.set(key, house.restingSince)
    if (!viewer || dice.chance(0.7)) putStroke(page, key, randomStroke(dice))
    else pagesOf(doc).delete(0, pagesOf(doc).length)
  }
  provider.once('sync', () => {
    // Also what is written while away comes in, with the next first exchange.
    if (dice.chance(0.4)) {
      provider.disconnect()
      write()
      provider.connect()
    } else write()
  })
  const startedAt = Date.now()
  setTimeout(
    () => {
      provider.destroy()
      doc.destroy()
      // Only what nobody may have let in counts: a freeze that held all the while, from its grace on.
      for (const [key, since] of tried) {
        const rested = since !== null && since === house.restingSince && startedAt - since > GRACE_MS
        if (viewer || rested) house.journal.forbid(key, -1)
      }
    },
    dice.int(800, 2_500),
  )
}
