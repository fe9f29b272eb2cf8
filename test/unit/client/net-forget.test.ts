import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forgetRoom } from '../../../client/net/forget-room.ts'
import { localDb } from '../../../client/net/local-db.ts'
import { deviceKeeper } from '../../../client/net/outbox-keeper.ts'
import { newId } from '../../../shared/ids/id.ts'
import { line } from '../../support/clients.ts'
import { newDevice, openLink, until, type OpenedLink } from '../../support/local-device.ts'

const opened: OpenedLink[] = []
function load(canvasId: string, generation: number, projectId = 'p1'): OpenedLink {
  const one = openLink({ projectId, userId: 'u1', canvasId, generation })
  opened.push(one)
  return one
}
async function kept(): Promise<string[]> {
  const rows = (await (await localDb())?.getAll('canvases')) ?? []
  return rows.map(({ room, canvasId, generation }) => `${room}/${canvasId}.${generation}`).sort()
}
async function drawnOn(one: OpenedLink): Promise<void> {
  await until(() => one.link.keeping === 'device')
  one.link.commit(newId(), line([100, 100], [400, 400], 12))
}

beforeEach(() => {
  newDevice()
})
afterEach(() => {
  for (const { link } of opened.splice(0)) link.close()
})

describe('what a device forgets', () => {
  it('[OFF-18] a canvas of a new generation starts empty, and the copy of the one before is dropped with all that waited', async () => {
    const before = load('c1', 1)
    await drawnOn(before)
    await expect.poll(async () => (await (await localDb())?.getAll('held'))?.length).toBe(1)
    before.link.close()
    const other = load('c2', 1)
    await until(() => other.link.keeping === 'device')
    const after = load('c1', 2)
    await until(() => after.link.keeping === 'device')
    expect(after.link.strokes).toHaveLength(0)
    await expect.poll(kept).toEqual(['u1/p1/c1.2', 'u1/p1/c2.1'])
    expect(await (await localDb())?.getAll('held')).toEqual([])
  })

  it('[OFF-18] an older generation, opened late, drops nothing of the newer one', async () => {
    const newer = load('c1', 2)
    await drawnOn(newer)
    const older = load('c1', 1)
    await until(() => older.link.keeping === 'device')
    expect(await kept()).toContain('u1/p1/c1.2')
  })

  it('[OFF-19] of a room that is no more nothing stays, of other rooms everything', async () => {
    await drawnOn(load('c1', 1))
    await drawnOn(load('c2', 1, 'p2'))
    const keeper = (projectId: string) => deviceKeeper('u1', projectId)
    for (const projectId of ['p1', 'p2']) {
      await keeper(projectId).add({ key: `key-${projectId}`, name: 'drawing:label', payload: {} })
    }
    await expect.poll(kept).toEqual(['u1/p1/c1.1', 'u1/p2/c2.1'])
    for (const { link } of opened.splice(0)) link.close()
    await forgetRoom('u1', 'p1')
    expect(await kept()).toEqual(['u1/p2/c2.1'])
    expect((await (await localDb())?.getAll('held'))?.map(({ canvas }) => canvas)).toEqual(['u1/p2/c2.1'])
    expect(await keeper('p1').list()).toEqual([])
    expect(await keeper('p2').list()).toHaveLength(1)
  })
})
