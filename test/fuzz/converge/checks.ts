import * as Y from 'yjs'
import { pagesOf, pageIdOf, strokesOf } from '../../../shared/canvas/schema.ts'
import type { StoredDrawing } from '../../../server/storage/records.ts'
import type { Store } from '../../../server/storage/store.ts'
import type { House } from './house.ts'
import { keysOf, strokeOf, type Journal, type Written } from './journal.ts'

/** A document as it can be compared: its pages in order, each with its keys and values. */
export function contentOf(doc: Y.Doc): string[] {
  return pagesOf(doc).map((page) => {
    const lines: string[] = []
    strokesOf(page)?.forEach((value: unknown, key) => lines.push(`${key}=${textOf(value)}`))
    return `${pageIdOf(page)}: ${lines.sort().join(' ')}`
  })
}

/**
 * What is not as promised once everybody is online and quiet; empty when all is well. With `strangers`, who may erase
 * and label what others drew, nothing is said of what is gone.
 */
export async function faultsOf(house: House, strangers = false): Promise<string[]> {
  const { journal, people, place } = house
  const server = house.serverNow()
  if (!server) return ['the server is not up']
  const { store } = server
  const hold = await server.rooms.open(place.projectId)
  const held = hold.room.canvases.documents.peek(place.canvasId)
  if (!held) return ['the canvas is not in memory']
  const stored = await storedDoc(store, place.canvasId)
  const drawings = await allDrawings(store, place.projectId)
  const truth = contentOf(held.doc)
  hold.release()
  // A server may complain of strangers' updates, and keep some that wait for others.
  const faults = strangers ? [] : [...journal.faults]
  if (!strangers && held.doc.store.pendingStructs !== null)
    faults.push('the server waits for updates that nobody has')
  compare('the store', contentOf(stored), truth, faults)
  for (const person of people) {
    const name = `person ${String(person.options.index)}`
    if (!person.quiet) faults.push(`${name} is not at rest: ${stateOf(person)}`)
    compare(name, contentOf(person.canvas.doc), truth, faults)
  }
  if (strangers) return faults
  faults.push(...missing(journal, keysOf(held.doc), drawings), ...doubled(held.doc))
  faults.push(...(await wrongLabels(house, store, keysOf(held.doc), drawings)))
  return faults
}

/** What was acknowledged and is gone, and what was never to come in. */
function missing(journal: Journal, there: ReadonlySet<string>, drawings: readonly StoredDrawing[]): string[] {
  const standing = drawings.filter(({ withdrawn }) => !withdrawn)
  const stored = new Set(drawings.flatMap(({ strokes }) => strokes.map(({ id }) => strokeOf(id))))
  const drawn = new Set(standing.flatMap(({ strokes }) => strokes.map(({ id }) => strokeOf(id))))
  const faults: string[] = []
  // What was cut comes back from a drawing in pieces, each of them a stroke of its own.
  const pieces = new Set([...there].filter((key) => !key.includes('.')).map(strokeOf))
  const isKept = ({ key }: Written): boolean => there.has(key) || drawn.has(strokeOf(key)) || pieces.has(key)
  for (const entry of journal.written.values()) {
    if (entry.forbidden) {
      if (isKept(entry)) faults.push(`${entry.key} came in, which was not allowed`)
    } else if (!journal.isRemoved(entry.key) && !isKept(entry) && !isExcused(entry, journal, there, stored)) {
      const how = entry.acknowledged
        ? 'was acknowledged'
        : 'was never acknowledged, though its writer is at rest,'
      faults.push(`${entry.key} of person ${String(entry.by)} ${how} and is nowhere`)
    }
  }
  return faults
}

/**
 * A move or a cut goes with its stroke, or into the drawing that its stroke is stored in; and a stroke that was cut to
 * nothing does not go into a drawing.
 */
function isExcused(
  { key }: Written,
  journal: Journal,
  there: ReadonlySet<string>,
  stored: ReadonlySet<string>,
): boolean {
  const stroke = strokeOf(key)
  if (key === stroke) return journal.isCutToNothing(key)
  // A rebuilt document takes strokes along, not what was done to them and never stored.
  if (journal.written.get(key)?.acknowledged !== true) return true
  return journal.wasEverRemoved(stroke) || !there.has(stroke) || stored.has(stroke)
}

/** A stroke that is on two pages. */
function doubled(doc: Y.Doc): string[] {
  const seen = new Map<string, string>()
  const faults: string[] = []
  for (const page of pagesOf(doc)) {
    for (const key of strokesOf(page)?.keys() ?? []) {
      // A move without its stroke shows nothing.
      if (key !== strokeOf(key)) continue
      const other = seen.get(key)
      if (other !== undefined) faults.push(`${key} is on page ${other} and on page ${pageIdOf(page)}`)
      seen.set(key, pageIdOf(page))
    }
  }
  return faults
}

async function wrongLabels(
  { journal, place: { projectId } }: House,
  store: Store,
  there: ReadonlySet<string>,
  drawings: readonly StoredDrawing[],
): Promise<string[]> {
  const faults: string[] = []
  const standing = drawings.filter(({ withdrawn }) => !withdrawn)
  const kept = new Set(
    [...there, ...standing.flatMap(({ strokes }) => strokes.map(({ id }) => id))].map(strokeOf),
  )
  const pages = standing.map(({ pageId }) => pageId)
  for (const pageId of new Set(pages.filter((id, i) => pages.indexOf(id) !== i)))
    faults.push(`page ${pageId} is stored as more than one drawing`)
  const accepted = [...journal.labels.values()].filter(({ drawingId }) => drawingId !== null)
  for (const note of journal.labels.values()) {
    const { key, pageId, drawingId, named, refused } = note
    if (drawingId === null) {
      if (refused === null) faults.push(`label ${key} was neither acknowledged nor refused`)
      continue
    }
    const drawing = await store.findDrawingByKey(projectId, key)
    if (drawing?.id !== drawingId) {
      faults.push(
        `label ${key} was acknowledged as ${drawingId} and is stored as ${drawing?.id ?? 'nothing'}`,
      )
      continue
    }
    const held = new Set(drawing.strokes.map(({ id }) => strokeOf(id)))
    const others = accepted.filter((other) => other.key !== key)
    // A page that was stored and came back since comes without what had gone on to the next one.
    const cameBack = others.some((other) => other.pageId === pageId)
    // So does what somebody brought back after they had taken it away; and of two who label one stroke, the first has it.
    const mayLieElsewhere = (id: string): boolean =>
      cameBack ||
      journal.wasEverRemoved(strokeOf(id)) ||
      others.some((other) => other.named.some((seen) => strokeOf(seen) === strokeOf(id)))
    const isLost = (id: string): boolean =>
      !held.has(strokeOf(id)) &&
      !journal.isRemoved(strokeOf(id)) &&
      !journal.isCutToNothing(strokeOf(id)) &&
      !(kept.has(strokeOf(id)) && mayLieElsewhere(id))
    const lost = named.filter(isLost)
    if (lost.length > 0)
      faults.push(`drawing ${drawingId} lacks ${lost.join(', ')}, which label ${key} named`)
  }
  return faults
}

async function storedDoc(store: Store, canvasId: string): Promise<Y.Doc> {
  const doc = new Y.Doc()
  const { snapshot, updates } = await store.loadCanvas(canvasId)
  if (snapshot) Y.applyUpdate(doc, snapshot)
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

async function allDrawings(store: Store, projectId: string): Promise<StoredDrawing[]> {
  return (await store.listDrawings(projectId, 0, 1_000)).items.slice()
}

function compare(name: string, found: readonly string[], truth: readonly string[], faults: string[]): void {
  if (found.join('\n') === truth.join('\n')) return
  const more = found.filter((page) => !truth.includes(page))
  const less = truth.filter((page) => !found.includes(page))
  faults.push(
    `${name} differs from the server:\n    has    ${more.join('\n           ')}\n    lacks  ${less.join('\n           ')}`,
  )
}

function stateOf({ link, outbox, socket }: House['people'][number]): string {
  const waiting = [...outbox.states.value.values()].join(' ')
  return `${link.state.kind}, ${String(link.unsavedCount)} unsaved, commands: ${waiting || 'none'}, ${socket.status.value}`
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return JSON.stringify(value)
}
