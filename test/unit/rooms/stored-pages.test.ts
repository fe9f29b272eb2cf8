import * as Y from 'yjs'
import { expect, it } from 'vitest'
import { Canvases } from '../../../server/rooms/canvases.ts'
import { cutOff } from '../../../server/rooms/stored-pages.ts'
import { currentPage, pageIdOf, putStroke } from '../../../shared/canvas/schema.ts'
import { MemoryCanvases } from '../../support/canvas-store.ts'
import { line } from '../../support/clients.ts'

const nothing = (): void => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
const record = { projectId: 'p', generation: 1, ownerId: null, name: 'c', createdAt: 0, deleted: false }

it('[SYNC-35] a stroke that came after its page was labelled stays its drawer’s on the page that follows', async () => {
  const canvases = new Canvases(
    {
      projectId: 'p',
      store: new MemoryCanvases(),
      log,
      clock: { now: () => Date.now() },
      metrics: undefined,
      events: {
        changed: nothing,
        saved: nothing,
        filled: nothing,
        brought: nothing,
        opened: nothing,
        closed: nothing,
      },
    },
    [{ ...record, id: 'c', openTo: 'all' }],
  )
  const lease = await canvases.use('c')
  const { document } = lease
  const draw = (userId: string, strokeId: string): void => {
    const client = new Y.Doc()
    Y.applyUpdate(client, document.fullState())
    const page = currentPage(client)
    if (page) putStroke(page, strokeId, line([0, 0], [90, 90], 5))
    const news = Y.encodeStateAsUpdate(client, Y.encodeStateVector(document.doc))
    document.apply(news, { userId, live: true }, null)
  }
  const [pageId = ''] = document.pageIds()
  draw('ada', 's1')
  const drop = cutOff(lease, pageId)
  draw('ben', 's2')
  drop()
  const next = currentPage(document.doc)
  expect(document.pageIds()).toEqual([next && pageIdOf(next)])
  expect(document.drawersOf(document.pageIds()[0] ?? '')).toEqual(new Map([['s2', 'ben']]))
  canvases.stop()
})
