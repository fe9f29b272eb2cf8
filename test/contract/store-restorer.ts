import { writeSync } from 'node:fs'
import { openByWords } from './open-by-words.ts'
import { aDrawing, anOpinion, aProject } from './store-records.ts'

/*
 * A process to be killed: opens the store that its arguments name and replaces what it holds by a project `new` with
 * many drawings. Prints 'begun', then 'committing', then 'committed'.
 */
const BATCHES = 10
const BATCH = 30

const store = await openByWords(process.argv.slice(2))
await store.beginRestore()
writeSync(1, 'begun\n')
await store.writeRecords([{ kind: 'project', value: aProject({ id: 'new' }) }])
for (let batch = 0; batch < BATCHES; batch++)
  await store.writeRecords(
    Array.from({ length: BATCH }, (_, i) => {
      const seq = batch * BATCH + i + 1
      const drawing = aDrawing({ id: `n${String(seq)}`, pageId: `n${String(seq)}`, projectId: 'new' })
      const log = {
        opinions: [anOpinion('c1', drawing.id)],
        classId: 'c1',
        toSort: false,
        seq,
        firstSeq: seq,
      }
      return { kind: 'drawing', value: { ...drawing, ...log, keys: [drawing.id] } } as const
    }),
  )
writeSync(1, 'committing\n')
await store.commitRestore()
writeSync(1, 'committed\n')
// Whoever started it ends it.
setInterval(() => undefined, 60_000)
