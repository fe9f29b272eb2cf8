import { join } from 'node:path'
import { loadDriver } from '../../../server/storage/sqlite/driver.ts'
import type { Store } from '../../../server/storage/store.ts'
import { quantile } from '../../support/quantile.ts'
import { authorOf, classOf, drawingOf, opinionOf, PROJECT, rounded, sideBySide } from './store-figures.ts'

/** Classes and authors of the drawings, see `classOf` and `authorOf`. */
const CLASSES = 10
const AUTHORS = 30
const PAGE = 60
/** Drawings of a class by one author lie this far apart. */
const PERIOD = CLASSES * AUTHORS

/** Writes `count` drawings past the store into the database of a data folder whose store is closed. */
export async function writeDrawings(dataDir: string, count: number): Promise<void> {
  const { open } = await loadDriver(['better-sqlite3', 'libsql'])
  const connection = open(join(dataDir, 'trainboard.sqlite'))
  connection.exec('PRAGMA synchronous = OFF')
  connection.exec('BEGIN')
  const drawing = connection.prepare(
    `INSERT INTO drawings (id, project_id, canvas_id, page_id, contributor_ids, split, at, withdrawn, class_id, to_sort, seq, first_seq)
     VALUES (?, '${PROJECT}', 'c0', ?, ?, 'train', ?, 0, ?, 0, ?, ?)`,
  )
  const strokes = connection.prepare('INSERT INTO drawing_strokes (drawing_id, bytes) VALUES (?, ?)')
  const none = Uint8Array.of(0)
  for (let i = 0; i < count; i++) {
    const id = `d${String(i)}`
    const page = `g${String(i)}`
    drawing.run(id, page, JSON.stringify([authorOf(i)]), i, classOf(i), i + 1, i + 1)
    strokes.run(id, none)
  }
  connection.prepare(`UPDATE projects SET drawing_seq = ? WHERE id = '${PROJECT}'`).run(count)
  connection.exec('COMMIT')
  connection.close()
}

/** The same through the store, which takes its time. */
export async function addDrawings(store: Store, count: number): Promise<void> {
  await sideBySide(count, async (i) => {
    await store.addDrawing(drawingOf(i, []), opinionOf(i), `key${String(i)}`)
  })
}

/**
 * Turns pages of drawings of a class by an author, newest first, for several of both; answers how long a page took (p99)
 * and whether each held what it should.
 */
export async function pageFigures(store: Store, count: number): Promise<{ ms: number; right: number }> {
  const times: number[] = []
  let right = 1
  for (let round = 0; round < 12; round++) {
    const first = (round * 37) % PERIOD
    const filter = { classId: classOf(first), userId: authorOf(first) }
    const expected: string[] = []
    for (let i = first; i < count; i += PERIOD) expected.push(`d${String(i)}`)
    expected.reverse()
    const found: string[] = []
    let before: number | null = null
    do {
      const from = performance.now()
      const page: Awaited<ReturnType<Store['findDrawings']>> = await store.findDrawings(
        PROJECT,
        filter,
        before,
        PAGE,
      )
      times.push(performance.now() - from)
      found.push(...page.items.map(({ id }) => id))
      before = page.next
    } while (before !== null)
    // Of drawings that were added side by side the order is not that of their numbers.
    if (found.length !== expected.length || [...found].sort().join() !== expected.sort().join()) right = 0
  }
  return { ms: rounded(quantile(times, 0.99)), right }
}
