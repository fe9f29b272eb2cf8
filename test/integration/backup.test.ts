import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readBackup } from '../../server/backup/read-backup.ts'
import type { BackupRecord } from '../../server/storage/records.ts'
import { newId } from '../../shared/ids/id.ts'
import { recordDigests } from '../support/backup-digest.ts'
import { runProgram } from '../support/backup-programs.ts'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { line } from '../support/clients.ts'
import { Person } from '../support/person.ts'
import { isStored } from '../support/stored-state.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function newFolder(): string {
  const folder = temporaryFolder()
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string): Promise<BuiltServer> {
  const server = await startBuilt(dataDir)
  cleanUps.push(() => server.stop('SIGKILL'))
  return server
}

async function someone(url: string, name: string): Promise<Person> {
  const person = await Person.arrive(url, name)
  cleanUps.push(() => person.leave())
  return person
}

async function recordsOf(file: string): Promise<BackupRecord[]> {
  const all: BackupRecord[] = []
  await readBackup(createReadStream(file) as AsyncIterable<Buffer>, (records) => {
    all.push(...records)
    return Promise.resolve()
  })
  return all
}

/** Draws and labels until told to stop; answers the ids of all drawings that were acknowledged. */
function keepLabelling(person: Person): { acknowledged: string[]; end: () => Promise<void> } {
  const acknowledged: string[] = []
  const life = { going: true }
  const classId = person.room.classes[0]?.id ?? ''
  const done = (async () => {
    while (life.going) {
      person.commit(newId(), line([0, 0], [50, 50]))
      try {
        acknowledged.push((await person.label(classId)).drawing.id)
      } catch (error) {
        // A fast server answers sooner than a person may ask again.
        if (!String(error).includes('too-many')) throw error
      }
    }
  })()
  return {
    acknowledged,
    end: async () => {
      life.going = false
      await done
    },
  }
}

/** Whether the store has all of the canvas that somebody has open. */
async function hasStored({ client, canvas, canvasId }: Person): Promise<boolean> {
  if (!canvas) throw new Error('no canvas is open')
  return isStored(await client.command('canvas:saved?', { canvasId }), canvas.doc)
}

describe('npm run backup and npm run restore', () => {
  it('[BACKUP-13] while people draw, all that was acknowledged before is in the file; another server takes it up', async () => {
    const [from, into, files] = [newFolder(), newFolder(), newFolder()]
    const [first, second, third] = [1, 2, 3].map((name) => join(files, String(name))) as [
      string,
      string,
      string,
    ]
    const server = await start(from)
    const owner = await someone(server.url, 'Owner')
    const { project } = await owner.client.create('digits')
    await owner.enter(project.id)
    const labels = keepLabelling(owner)
    await expect.poll(() => labels.acknowledged.length).toBeGreaterThan(5)
    const before = [...labels.acknowledged]
    // Left by a backup that was killed, for all to read.
    writeFileSync(`${first}.part`, '', { mode: 0o644 })
    const made = await runProgram('backup', [first], from)
    await labels.end()
    expect(made.code, made.said).toBe(0)
    expect(made.said).toMatch(/running server/)
    expect(statSync(first).mode & 0o777).toBe(0o600)
    const drawings = (await recordsOf(first)).flatMap(({ kind, value }) =>
      kind === 'drawing' ? [value.id] : [],
    )
    expect(before.filter((id) => !drawings.includes(id))).toEqual([])
    owner.leave()
    expect((await server.stop()).code).toBe(0)
    expect(existsSync(join(from, 'control.json'))).toBe(false)

    const other = await start(into)
    const stranger = await someone(other.url, 'Stranger')
    const restored = await runProgram('restore', [first], into)
    expect(restored.code, restored.said).toBe(0)
    const back = owner.at(other.url)
    cleanUps.push(() => back.leave())
    await back.enter(project.id)
    expect(back.room.counts.total).toBe(drawings.length)
    // Who is not in the backup is nobody here.
    const asked = await fetch(`${other.url}/api/v1/projects`, {
      headers: { authorization: `Bearer ${stranger.client.token ?? ''}` },
    })
    expect(asked.status).toBe(401)
    back.leave()
    await expect.poll(async () => (await runProgram('backup', [second, '--force'], into)).code).toBe(0)
    expect((await other.stop()).code).toBe(0)

    const stopped = newFolder()
    expect((await runProgram('restore', [first], stopped)).code).toBe(0)
    expect((await runProgram('backup', [third], stopped)).code).toBe(0)
    expect(await recordDigests(third)).toEqual(await recordDigests(first))
    const again = await recordsOf(second)
    expect(again.filter(({ kind }) => kind === 'drawing')).toHaveLength(drawings.length)
  })

  it('[BACKUP-14] people in the room are asked to come back, and find their canvases anew', async () => {
    const [folder, files] = [newFolder(), newFolder()]
    const file = join(files, 'a')
    const server = await start(folder)
    const owner = await someone(server.url, 'Owner')
    const { project } = await owner.client.create('digits')
    await owner.enter(project.id)
    const kept = newId()
    owner.commit(kept, line([0, 0], [10, 10]))
    await expect.poll(() => hasStored(owner)).toBe(true)
    expect((await runProgram('backup', [file], folder)).code).toBe(0)
    const lost = newId()
    owner.commit(lost, line([5, 5], [30, 10]))
    await owner.canvas?.roundTrip()

    const closing = owner.client.next('room:closing')
    const { canvas } = owner
    const name = `${owner.canvasId}.${String(owner.room.canvases.find(({ id }) => id === owner.canvasId)?.generation)}`
    const restoring = runProgram('restore', [file], folder)
    expect(await closing).toMatchObject({ retry: true })
    expect((await restoring).code).toBe(0)
    // The provider comes back by itself with the generation it knows, which is gone for good.
    await expect.poll(() => canvas?.closeCodes.at(-1)).toBe(4404)
    expect(canvas?.closeCodes[0]).toBe(1012)
    expect(canvas?.strokes()).toContain(lost)

    const back = owner.at(server.url)
    cleanUps.push(() => back.leave())
    await back.enter(project.id)
    const generation = back.room.canvases.find(({ id }) => id === back.canvasId)?.generation ?? 0
    expect(`${back.canvasId}.${String(generation)}`).not.toBe(name)
    expect(back.canvas?.strokes()).toEqual([kept])
    back.commit(newId(), line([1, 1], [9, 9]))
    await back.canvas?.roundTrip()
    back.leave()
    owner.leave()
    expect((await server.stop()).code).toBe(0)
  })

  it('[BACKUP-15] a damaged file is refused with its fault, and the server goes on as it was', async () => {
    const [folder, files] = [newFolder(), newFolder()]
    const file = join(files, 'a')
    const server = await start(folder)
    const owner = await someone(server.url, 'Owner')
    const { project } = await owner.client.create('digits')
    expect((await runProgram('backup', [file], folder)).code).toBe(0)
    const twice = await runProgram('backup', [file], folder)
    expect(twice).toMatchObject({ code: 1, said: expect.stringContaining('exists; --force') as string })
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.byteLength - 200) ^ 1, bytes.byteLength - 200)
    writeFileSync(file, bytes)
    const refused = await runProgram('restore', [file], folder)
    expect(refused.code).toBe(1)
    expect(refused.said).toMatch(/damaged/)
    const nothing = await runProgram('restore', [join(files, 'none')], folder)
    expect(nothing.code).toBe(1)
    await owner.enter(project.id)
    expect(owner.room.project.id).toBe(project.id)
    expect(existsSync(join(folder, 'restore.sqlite'))).toBe(false)
  })

  it('[BACKUP-16] nobody else can ask for a backup: there is nothing to see', async () => {
    const folder = newFolder()
    const server = await start(folder)
    const control = JSON.parse(readFileSync(join(folder, 'control.json'), 'utf8')) as { secret: string }
    expect(statSync(join(folder, 'control.json')).mode & 0o777).toBe(0o600)
    const ask = async (headers: Record<string, string>, path = '/admin/backup'): Promise<string> => {
      const reply = await fetch(`${server.url}${path}`, { headers })
      return `${String(reply.status)} ${(await reply.text()).replaceAll(path, 'PATH').slice(0, 200)}`
    }
    const nothing = await ask({}, '/admin/nothing')
    expect(nothing).toMatch(/^404/)
    const authorization = `Bearer ${control.secret}`
    expect(await ask({})).toBe(nothing)
    expect(await ask({ authorization: 'Bearer wrong' })).toBe(nothing)
    expect(await ask({ authorization, 'x-forwarded-for': '10.0.0.9' })).toBe(nothing)
    expect(await ask({ authorization })).toMatch(/^200 TRAINBOARD-BACKUP/)
  })

  it('[BACKUP-17] word of a server that died is passed over', async () => {
    const [folder, files] = [newFolder(), newFolder()]
    const server = await start(folder)
    await someone(server.url, 'Mia')
    await server.stop('SIGKILL')
    expect(existsSync(join(folder, 'control.json'))).toBe(true)
    const made = await runProgram('backup', [join(files, 'a')], folder)
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining('no server runs') as string })
    // A process that lives, but is no server.
    const control = {
      host: '127.0.0.1',
      port: await freePort(),
      pid: process.pid,
      secret: 'x'.repeat(40),
      tls: null,
      store: 'sqlite',
    }
    writeFileSync(join(folder, 'control.json'), JSON.stringify(control))
    expect((await runProgram('backup', [join(files, 'b')], folder)).code).toBe(0)
  })
})
