import * as Y from 'yjs'
import type { Store } from '../../../server/storage/store.ts'
import type { House } from '../converge/house.ts'
import { storedDoc } from './guarded.ts'

/** What nobody but an owner may change, as the store holds it, by name. */
type Standing = ReadonlyMap<string, string>

export async function standingOf(store: Store, house: House): Promise<Standing> {
  const { projectId } = house.place
  const [project, members, codes, classes] = await Promise.all([
    store.getProject(projectId),
    store.listMembers(projectId),
    store.listCodes(projectId),
    store.listClasses(projectId),
  ])
  const honest = house.people.map(({ options }) => options.userId)
  const people = await store.getUsers(honest)
  const canvases = (await store.listCanvases(projectId)).filter(({ ownerId }) =>
    honest.includes(ownerId ?? ''),
  )
  const roles = members.map(({ userId, role }) => `${userId} ${role}`)
  const open = codes.map(({ code, role, active }) => `${code} ${role} ${String(active)}`)
  const all: Record<string, unknown> = {
    project,
    roles: roles.sort(),
    codes: open.sort(),
    classes,
    names: people.map(({ id, name }) => `${id} ${name}`).sort(),
    canvases: canvases.map(({ id, name, ownerId, deleted }) => [id, name, ownerId, deleted]).sort(),
  }
  return new Map(Object.entries(all).map(([name, value]) => [name, JSON.stringify(value)]))
}

export function changes(before: Standing, after: Standing): string[] {
  return [...before].flatMap(([name, value]) => {
    const now = after.get(name) ?? ''
    return now === value ? [] : [`the ${name} changed, which no one hostile may: ${value} -> ${now}`]
  })
}

/**
 * Acknowledged writes of honest people that the store never came to, or labels that it does not hold: what strangers
 * erased since is theirs to erase, and still known.
 */
export async function forgotten(store: Store, { journal, place }: House): Promise<string[]> {
  const doc = await storedDoc(store, place.canvasId)
  const faults: string[] = []
  for (const { key, by, acknowledged, clientId, clock } of journal.written.values())
    if (acknowledged && Y.getState(doc.store, clientId) < clock)
      faults.push(`person ${String(by)} was told that ${key} is stored, and it never was`)
  for (const { key, by, pageId, drawingId } of journal.labels.values()) {
    if (drawingId === null) continue
    const stored = await store.findDrawingByKey(place.projectId, key)
    if (stored?.id === drawingId) continue
    // Whoever drew along on a page may delete what became of it; that it was is remembered.
    const deleted = await store.findDeletedPages(place.canvasId, [pageId])
    if (stored !== null || deleted.length === 0)
      faults.push(`person ${String(by)} was told of drawing ${drawingId}, which is not stored`)
  }
  return faults
}
