import { rm } from 'node:fs/promises'
import * as Y from 'yjs'
import { build } from '../../../server/build.js'
import { openStore } from '../../../server/storage/open.ts'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../../support/built-server.ts'
import { Client, line, type CanvasClient } from '../../support/clients.ts'
import { diceOf } from '../draw.ts'
import type { Campaign } from './campaign.ts'
import { contentOf } from './checks.ts'
import { keysOf } from './journal.ts'

const PEOPLE = 3
const WAIT_MS = 30_000

/** Short schedules with a real server process that is killed with SIGKILL while people draw and label. */
export async function killCampaign(
  seed: number,
  schedules: number,
  tell: (words: string) => void,
): Promise<Campaign> {
  await build()
  let failures = 0
  for (let i = 0; i < schedules; i++) {
    const faults = await killSchedule(seed + i).catch((error: unknown) => [`broke off: ${String(error)}`])
    if (faults.length === 0) continue
    failures++
    tell(`kill -9, seed ${String(seed + i)}:\n  ${faults.join('\n  ')}`)
  }
  return { schedules, failures }
}

async function killSchedule(seed: number): Promise<string[]> {
  const dice = diceOf(seed)
  const dataDir = temporaryFolder()
  const port = String(await freePort())
  let server = await startBuilt(dataDir, { PORT: port })
  const people: Client[] = []
  try {
    const owner = await Client.arrive(server.url, 'Olga')
    people.push(owner)
    const { project, codes } = await owner.create('empty', ['cat'])
    const { classes } = await owner.join(project.id)
    const { id: canvasId } = await owner.command('canvas:create', { name: 'Ours' })
    for (let i = 1; i < PEOPLE; i++) {
      const person = await Client.arrive(server.url, `Person ${String(i)}`)
      people.push(person)
      await person.joinByCode(codes.editor)
      await person.join(project.id)
    }
    const canvases = await Promise.all(people.map((one) => one.canvas(project.id, `${canvasId}.1`).synced()))
    const told = new Told(people, canvases, canvasId)
    const drawn = new Set<string>()
    const labelled: { readonly key: string; readonly drawingId: string }[] = []
    const label = (i: number): void => {
      const [person, canvas] = [people[i], canvases[i]]
      if (!person || !canvas || canvas.strokes().length === 0) return
      const { pageId, stateVector } = canvas
      const key = `label-${String(seed)}-${String(labelled.length)}-${String(dice.int(0, 1e9))}`
      const request = { canvasId, pageId, classId: classes[0]?.id ?? '', stateVector, idempotencyKey: key }
      canvas.turn()
      person.command('drawing:label', request).then(
        ({ drawing }) => labelled.push({ key, drawingId: drawing.id }),
        () => undefined,
      )
    }
    const draw = (i: number): void => {
      const at = dice.int(0, 800)
      const id = canvases[i]?.draw(line([at, at], [at + 100, at + dice.int(0, 100)]))
      if (id !== undefined) drawn.add(id)
    }
    for (let step = dice.int(10, 40); step > 0; step--) {
      const who = dice.int(0, PEOPLE - 1)
      if (dice.chance(0.15)) label(who)
      else draw(who)
      await rest(dice.int(0, 60))
    }
    await server.stop('SIGKILL')
    for (let i = 0; i < PEOPLE; i++) draw(i)
    server = await startBuilt(dataDir, { PORT: port })
    await until(() => canvases.every(({ provider }) => provider.synced), 'everybody is back')
    for (let i = 0; i < PEOPLE; i++) draw(i)
    await until(() => {
      const [first = '', ...others] = canvases.map(({ doc }) => contentOf(doc).join('\n'))
      return (
        canvases.every(({ doc }) => doc.store.pendingStructs === null) && others.every((one) => one === first)
      )
    }, 'all hold the same')
    return await lost(server, dataDir, { told, canvases, drawn, labelled, projectId: project.id, canvasId })
  } finally {
    for (const person of people) person.leave()
    if (server.child.exitCode === null) await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Outcome {
  readonly told: Told
  readonly canvases: readonly CanvasClient[]
  readonly drawn: ReadonlySet<string>
  readonly labelled: readonly { readonly key: string; readonly drawingId: string }[]
  readonly projectId: string
  readonly canvasId: string
}

/** Stops the server and looks into its store. */
async function lost(server: BuiltServer, dataDir: string, outcome: Outcome): Promise<string[]> {
  const { canvases, labelled, projectId, canvasId, drawn, told } = outcome
  const shown = canvases.map(({ doc }) => contentOf(doc).join('\n'))
  await server.stop()
  const quiet = { info: () => undefined, error: () => undefined }
  const store = await openStore({ dataDir, log: quiet })
  try {
    const faults: string[] = []
    const stored = new Y.Doc()
    const { snapshot, updates } = await store.loadCanvas(canvasId)
    if (snapshot) Y.applyUpdate(stored, snapshot)
    for (const update of updates) Y.applyUpdate(stored, update)
    if (contentOf(stored).join('\n') !== shown[0]) faults.push('the store differs from what people have')
    const { items } = await store.listDrawings(projectId, 0, 500)
    const kept = keysOf(stored)
    for (const { strokes } of items) for (const { id } of strokes) kept.add(id.slice(0, 16))
    for (const id of drawn) if (!kept.has(id)) faults.push(`${id} is nowhere`)
    for (const { key, drawingId } of labelled) {
      const drawing = await store.findDrawingByKey(projectId, key)
      if (drawing?.id !== drawingId) faults.push(`label ${key} was acknowledged and is not stored as it was`)
    }
    for (const [clientId, clock] of told.clocks) {
      if (Y.getState(stored.store, clientId) < clock)
        faults.push(`client ${String(clientId)} was told more than is stored`)
    }
    return faults
  } finally {
    await store.close()
  }
}

/** How far each document was told that the store has it. */
class Told {
  readonly clocks = new Map<number, number>()

  constructor(people: readonly Client[], canvases: readonly CanvasClient[], canvasId: string) {
    people.forEach(({ socket }, i) => {
      const clientId = canvases[i]?.doc.clientID ?? 0
      socket.on('canvas:saved', (saved) => {
        if (saved.canvasId !== canvasId) return
        const clock = Y.decodeStateVector(new Uint8Array(saved.stateVector)).get(clientId) ?? 0
        this.clocks.set(clientId, Math.max(this.clocks.get(clientId) ?? 0, clock))
      })
    })
  }
}

/** The pace of the schedule, not a wait for something. */
function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const late = Date.now() + WAIT_MS
  while (!holds()) {
    if (Date.now() > late) throw new Error(`it did not come to this: ${what}`)
    await rest(20)
  }
}
