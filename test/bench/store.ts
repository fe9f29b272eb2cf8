import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { openStore } from '../../server/storage/open.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { mongoServer, type MongoServer } from '../support/mongo-server.ts'
import { labellingPeople } from './load/labelling-people.ts'
import { addDrawings, pageFigures, writeDrawings } from './load/many-drawings.ts'
import { fillProject, storeFigures, type StoreLoad } from './load/store-figures.ts'
import type { BenchOptions, Figures } from './options.ts'

const log = { info: () => undefined, error: () => undefined }
const MILLION = 1_000_000
const TEN_THOUSAND = 10_000

/**
 * Each store alone (labels, appended strokes, checkpoints, a canvas of 1,000 strokes, a page of very many drawings by
 * class and author), and labels of 30 people through a real server on it.
 */
export default async function bench({ quick, driver }: BenchOptions): Promise<Figures> {
  await build()
  const which = driver ?? 'both'
  const figures: Figures = {}
  if (which !== 'mongo') Object.assign(figures, await sqliteFigures(quick))
  if (which === 'sqlite') return figures
  const server = await mongoServer()
  if ('missing' in server) return { ...figures, mongo: `skipped: ${server.missing}` }
  try {
    return { ...figures, mongo: server.kind, ...(await mongoFigures(server, quick)) }
  } finally {
    await server.stop()
  }
}

async function sqliteFigures(quick: boolean): Promise<Figures> {
  const [dataDir, manyDir] = [temporaryFolder(), temporaryFolder()]
  try {
    const store = await openStore({ dataDir, log })
    const load: StoreLoad = {
      labels: quick ? 1_000 : 10_000,
      appends: quick ? 2_000 : 20_000,
      strokes: 1_000,
    }
    const alone = await storeFigures(store, 'sqlite', load)
    await store.close()
    const people = await labellingPeople({}, quick ? 2 : 15)
    const count = quick ? 50_000 : MILLION
    const empty = await openStore({ dataDir: manyDir, log })
    await fillProject(empty)
    await empty.close()
    await writeDrawings(manyDir, count)
    const many = await openStore({ dataDir: manyDir, log })
    const pages = await pageFigures(many, count)
    await many.close()
    return {
      ...alone,
      label_p99_ms_sqlite: people.p99,
      labels_lost_sqlite: people.lost,
      drawings_sqlite: count,
      [quick ? 'quick_drawings_page_ms' : 'million_drawings_page_ms']: pages.ms,
      page_right: pages.right,
    }
  } finally {
    for (const folder of [dataDir, manyDir]) await rm(folder, { recursive: true, force: true })
  }
}

async function mongoFigures(server: MongoServer, quick: boolean): Promise<Figures> {
  const open = (mongodbUrl: string) => openStore({ dataDir: '', mongodbUrl, log })
  const store = await open(server.freshDatabase())
  const load: StoreLoad = { labels: quick ? 60 : 1_000, appends: quick ? 120 : 2_000, strokes: 1_000 }
  const alone = await storeFigures(store, 'mongo', load)
  await store.close()
  const people = await labellingPeople({ MONGODB_URL: server.freshDatabase() }, quick ? 1 : 15)
  const count = quick ? 310 : TEN_THOUSAND
  const many = await open(server.freshDatabase())
  await fillProject(many)
  await addDrawings(many, count)
  const pages = await pageFigures(many, count)
  await many.close()
  return {
    ...alone,
    label_p99_ms_mongo: people.p99,
    labels_lost_mongo: people.lost,
    drawings_mongo: count,
    [quick ? 'quick_drawings_page_ms_mongo' : 'ten_thousand_drawings_page_ms_mongo']: pages.ms,
    page_right_mongo: pages.right,
  }
}
