import { afterEach, describe, expect, it } from 'vitest'
import type { Ack, CommandResults } from '../../shared/protocol/events.ts'
import { newId } from '../../shared/ids/id.ts'
import { diceOf } from '../fuzz/draw.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { Client, line } from '../support/clients.ts'
import { FaultyStore, type StoreFault } from '../support/faulty-store.ts'

const PAGES = 14

describe('labels while the store is in trouble', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  async function room(): Promise<{ app: TestApp; faulty: FaultyStore; person: Client; label: Label }> {
    const faulty = new FaultyStore(diceOf(5))
    const app = await startApp({ over: (store) => faulty.over(store) })
    ends.push(() => app.end())
    const person = await Client.arrive(app.url, 'Ada')
    ends.push(() => person.leave())
    const { project } = await person.create('empty', ['cat'])
    const { you, canvases, classes } = await person.join(project.id)
    const own = canvases.find(({ id }) => id === you.canvasId)
    const canvas = await person.canvas(project.id, `${own?.id ?? ''}.${String(own?.generation)}`).synced()
    const label: Label = () => {
      canvas.draw(line([100, 100], [200, 200]))
      const { pageId, stateVector } = canvas
      const request = {
        canvasId: own?.id ?? '',
        pageId,
        classId: classes[0]?.id ?? '',
        stateVector,
        strokeIds: canvas.strokes(),
        idempotencyKey: newId(),
      }
      canvas.turn()
      return () => person.ask('drawing:label', request)
    }
    return { app, faulty, person, label }
  }

  it.each<StoreFault>(['refused', 'torn'])(
    '[LABEL-16] more pages than are kept when cleared wait for their labels while the store has every label %s',
    async (fault) => {
      const { faulty, label } = await room()
      faulty.begin({ faults: [fault], method: 'addDrawing', share: 1, mostMs: 1 })
      const asks = Array.from({ length: PAGES }, () => label())
      for (const ask of asks) expect(await ask()).toMatchObject({ error: { code: 'unavailable' } })
      faulty.end()
      const stored = []
      for (const ask of asks) stored.push(await ask())
      const ids = stored.map((reply) => ('ok' in reply ? reply.ok.drawing.id : reply.error.code))
      expect(new Set(ids).size).toBe(PAGES)
      expect(stored.filter((reply) => 'error' in reply)).toEqual([])
    },
  )
})

/** Draws and turns a page; answers how to label it, any number of times. */
type Label = () => () => Promise<Ack<CommandResults['drawing:label']>>
