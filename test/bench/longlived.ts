import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import * as Y from 'yjs'
import { build } from '../../server/build.js'
import { openStore } from '../../server/storage/open.ts'
import { origins, pagesOf } from '../../shared/canvas/schema.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { Client, line, type CanvasClient } from '../support/clients.ts'
import { pause } from '../support/person.ts'
import { SERVER_CORE } from '../support/pinned.ts'
import type { BenchOptions, Figures } from './options.ts'

const CLEARS = 2_000
const STROKES = 3
/** Clears between two answers of the server. */
const AT_ONCE = 20
/** Two messages a clear, within the 120 a second that a connection may send. */
const CLEAR_EVERY_MS = 20

/** A canvas that is drawn on and cleared thousands of times: what is left of it in memory, in a client and in the store. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const clears = quick ? CLEARS / 4 : CLEARS
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir, {}, { core: SERVER_CORE })
  const startedAt = performance.now()
  const drawer = await Client.arrive(server.url, 'Drawer')
  const { project } = await drawer.create('empty', ['one', 'two'])
  const { you } = await drawer.join(project.id)
  const canvasId = you.canvasId ?? ''
  const canvas = await drawer.canvas(project.id, canvasId).synced()
  const drawnFrom = performance.now()
  let strokes = 0
  for (let n = 0; n < clears; n++) {
    canvas.doc.transact(() => {
      for (let i = 0; i < STROKES; i++) canvas.draw(line([10 + i, 10 + (n % 500)], [900, 900 - i]))
    }, origins.local)
    strokes += STROKES
    canvas.turn()
    if (n % AT_ONCE !== AT_ONCE - 1) continue
    await canvas.roundTrip()
    await pause(drawnFrom + (n + 1) * CLEAR_EVERY_MS - performance.now())
  }
  const seconds = (performance.now() - startedAt) / 1_000
  const closed = canvas.closeCodes.length
  const reader = drawer.again()
  const newcomer = await reader.canvas(project.id, canvasId).synced()
  const pages = pagesOf(newcomer.doc).length
  const documentKb = sizeOf(newcomer) / 1_000
  const drawerKb = sizeOf(canvas) / 1_000
  for (const client of [drawer, reader]) client.leave()
  await server.stop()

  const store = await openStore({ dataDir, log: pino({ level: 'silent' }) })
  const log = await store.loadCanvas(canvasId)
  await store.close()
  await rm(dataDir, { recursive: true, force: true })
  return {
    document_kb: documentKb,
    document_kb_at_drawer: drawerKb,
    log_snapshot_kb: (log.snapshot?.byteLength ?? 0) / 1_000,
    log_updates: log.updates.length,
    log_updates_kb: log.updates.reduce((sum, update) => sum + update.byteLength, 0) / 1_000,
    pages,
    clears,
    strokes,
    connections_closed: closed,
    seconds,
  }
}

function sizeOf({ doc }: CanvasClient): number {
  return Y.encodeStateAsUpdate(doc).byteLength
}
