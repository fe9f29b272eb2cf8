import { expect, it, vi } from 'vitest'
import * as Y from 'yjs'
import { systemClock } from '../../../server/ops/clock.ts'
import { SaveQueue } from '../../../server/sync/save-queue.ts'
import { pino } from 'pino'

it('[FORGET-6] a canvas that is being replaced begins no further write, though more waits than one takes', async () => {
  const doc = new Y.Doc()
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const appendCanvas = vi.fn(() => held.then(() => 1))
  const queue = new SaveQueue({
    canvasId: 'c',
    doc,
    fullState: () => Y.encodeStateAsUpdate(doc),
    store: { appendCanvas, snapshotCanvas: () => Promise.resolve() },
    log: pino({ level: 'silent' }),
    clock: systemClock,
    metrics: undefined,
    logged: { updates: 0, bytes: 0, position: 0 },
    onSaved: () => undefined,
  })
  doc.on('update', (update) => queue.add(update, null))
  for (let i = 0; i < 3; i++) doc.getMap('m').set(String(i), 'x'.repeat(200_000))
  const flushed = queue.flush()
  await vi.waitFor(() => expect(appendCanvas).toHaveBeenCalledOnce())
  const halted = queue.halt()
  letGo()
  await halted
  expect(await flushed).toBe(false)
  expect(appendCanvas).toHaveBeenCalledOnce()
})
