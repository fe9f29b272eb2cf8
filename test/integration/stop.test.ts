import { rm } from 'node:fs/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { build } from '../../server/build.js'
import { openStore } from '../../server/storage/open.ts'
import { newId } from '../../shared/ids/id.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { loadDigits } from '../support/fixtures.ts'
import { Person } from '../support/person.ts'

const dataDir = temporaryFolder()

beforeAll(async () => {
  await build()
}, 180_000)
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

describe('a stop loses nothing', () => {
  test('[STOP-5] SIGTERM saves what was drawn and learned, tells people, and exits 0; a restart has it all', async () => {
    const server = await startBuilt(dataDir)
    const mia = await Person.arrive(server.url, 'Mia')
    const { project } = await mia.client.create('digits')
    await mia.enter(project.id)
    const [seven] = loadDigits().filter(({ label }) => label === '7')
    const classId = mia.room.classes.find(({ name }) => name === '7')?.id ?? ''
    for (const stroke of seven?.strokes ?? []) mia.commit(newId(), stroke)
    const { drawing } = await mia.label(classId)
    // Not labelled: it has to come back with the canvas.
    for (const stroke of seven?.strokes ?? []) mia.commit(newId(), stroke)
    const unlabelled = mia.pageId
    await savedAll(mia)
    const closing = new Promise((resolve) => mia.socket.once('room:closing', resolve))
    const { code } = await server.stop('SIGTERM')
    expect(code, server.output()).toBe(0)
    // One connection: everybody may come back within 15 ms.
    expect(await closing).toEqual({ retry: true, spreadMs: 15 })
    mia.leave()

    const store = await openStore({ dataDir, log: pino({ level: 'silent' }) })
    expect((await store.listCheckpoints(project.id)).map(({ reason }) => reason)).toContain('stop')
    await store.close()

    const again = await startBuilt(dataDir)
    const back = mia.at(again.url)
    await back.enter(project.id)
    expect(back.room.counts.total).toBe(1)
    expect(back.room.samples.map(({ drawingId }) => drawingId)).toEqual([drawing.id])
    const { snapshots } = await back.client.command('canvas:snapshot', { canvasIds: [back.canvasId] })
    expect(snapshots).toMatchObject([{ pageId: unlabelled }])
    expect(snapshots[0]?.strokes).toHaveLength(seven?.strokes.length ?? 0)
    back.leave()
    expect((await again.stop()).code).toBe(0)
  })

  test('[STOP-7] a room whose drawings have more strokes than a packet takes binary values opens again', async () => {
    const server = await startBuilt(dataDir)
    const mia = await Person.arrive(server.url, 'Mia')
    const { project } = await mia.client.create('digits')
    await mia.enter(project.id)
    const strokes = loadDigits().flatMap((digit) => digit.strokes)
    for (const stroke of strokes.slice(0, 30)) mia.commit(newId(), stroke)
    await mia.label(mia.room.classes[3]?.id ?? '')
    mia.leave()
    const back = mia.at(server.url)
    await back.enter(project.id)
    expect(back.room.samples[0]?.strokes).toHaveLength(30)
    expect(back.errors).toEqual([])
    back.leave()
    expect((await server.stop()).code).toBe(0)
  })

  test('[STOP-1] Ctrl-C, which arrives twice, is one clean stop', async () => {
    const server = await startBuilt(dataDir)
    server.child.kill('SIGINT')
    expect((await server.stop('SIGINT')).code, server.output()).toBe(0)
    expect(server.output()).toContain('"msg":"stopped"')
  })

  test('[STOP-6] a second server on the same data says so and leaves the first one alone', async () => {
    const server = await startBuilt(dataDir)
    await expect(startBuilt(dataDir)).rejects.toThrow(/could not start/)
    expect((await fetch(`${server.url}/ready`)).status).toBe(200)
    expect((await server.stop()).code).toBe(0)
  })

  test('[START-1] a wrong configuration ends the start, with all faults listed', async () => {
    await expect(startBuilt(dataDir, { LOG_LEVEL: 'loud', MONGODB_URL: 'http://x' })).rejects.toThrow(
      /LOG_LEVEL: [^]*MONGODB_URL: |MONGODB_URL: [^]*LOG_LEVEL: /,
    )
  })
})

/** Resolves when the store holds everything that the person has drawn. */
async function savedAll({ canvas, socket }: Person): Promise<void> {
  if (!canvas) throw new Error('this person has no canvas')
  const { doc } = canvas
  const drawn = Y.decodeStateVector(Y.encodeStateVector(doc)).get(doc.clientID) ?? 0
  await new Promise<void>((resolve) => {
    socket.on('canvas:saved', ({ stateVector }) => {
      const stored = Y.decodeStateVector(new Uint8Array(stateVector)).get(doc.clientID) ?? 0
      if (stored >= drawn) resolve()
    })
  })
}
