import { writeSync } from 'node:fs'
import { openByWords } from './open-by-words.ts'
import { aDrawing, anOpinion, fillStore } from './store-records.ts'

/*
 * A process to be killed: opens the store of a folder, labels drawings sixteen at a time without end and prints the
 * id of each one whose write resolved. Arguments: the folder, and the driver or the MongoDB database that stands for it.
 */
const store = await openByWords(process.argv.slice(2))
await fillStore(store)
await Promise.all(Array.from({ length: 16 }, (_, lane) => write(lane)))

async function write(lane: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `d${String(lane)}x${String(i)}`
    const update = store.appendCanvas('v1', new TextEncoder().encode(id), [])
    await store.addDrawing(aDrawing({ id, pageId: id }), anOpinion('c1', id), id)
    await update
    writeSync(1, `${id}\n`)
  }
}
