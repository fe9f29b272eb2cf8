import type { Role } from '../../shared/protocol/entities.ts'
import type { InkBatch } from '../rooms/ink-batch.ts'
import { droppableEvents, type RoomEvent, type RoomOutlet, type RoomPayload } from '../rooms/ports.ts'
import type { Hearer } from './hearer.ts'
import { packetOf, type Packet } from './packet.ts'

/** Sends what rooms tell to those who hear it; each event is encoded once for all who get the same. */
export interface Outlet extends RoomOutlet {
  add(projectId: string, hearer: Hearer): void
  remove(projectId: string, hearer: Hearer): void
}

export function createOutlet(): Outlet {
  const rooms = new Map<string, Set<Hearer>>()
  const hearersOf = (projectId: string): Iterable<Hearer> => rooms.get(projectId) ?? []

  const remove = (projectId: string, hearer: Hearer): void => {
    const hearers = rooms.get(projectId)
    hearers?.delete(hearer)
    if (hearers?.size === 0) rooms.delete(projectId)
  }

  const tell = <E extends RoomEvent>(
    projectId: string,
    event: E,
    payload: RoomPayload<E>,
    hears: (hearer: Hearer) => boolean,
  ): void => {
    let packet: Packet | null = null
    for (const hearer of hearersOf(projectId)) {
      if (!hears(hearer)) continue
      packet ??= packetOf(event, payload)
      if (isDroppable(event)) hearer.offer(event, packet)
      else hearer.send(packet)
    }
  }

  return {
    add(projectId, hearer) {
      const hearers = rooms.get(projectId) ?? new Set()
      rooms.set(projectId, hearers.add(hearer))
    },
    remove,
    ink: (projectId, batch) => sendInk(hearersOf(projectId), batch),
    toRoom(projectId, event, payload) {
      const canvasId = tileOf(event, payload)
      tell(projectId, event, payload, (hearer) => {
        return hearer.role !== null && (canvasId === null || hearer.showsTile(canvasId))
      })
    },
    toRoles(projectId, group, event, payload) {
      tell(projectId, event, payload, ({ role }) => {
        return role !== null && (role === 'owner') === (group === 'owner')
      })
    },
    toUsers(projectId, userIds, event, payload) {
      const users = new Set(userIds)
      tell(projectId, event, payload, ({ userId }) => users.has(userId))
      const role = roleTold(event, payload)
      if (role === undefined) return
      for (const hearer of hearersOf(projectId)) {
        if (!users.has(hearer.userId)) continue
        // Whose membership ended hears no more of the room.
        if (role === null) remove(projectId, hearer)
        // Who waits outside hears no more of the room than before.
        else if (hearer.role !== null) hearer.role = role
      }
    },
  }
}

function sendInk(hearers: Iterable<Hearer>, batch: InkBatch): void {
  const full = new Map<string, Packet | null>()
  const tiles = new Map<string, Packet | null>()
  for (const hearer of hearers) {
    const { inkKey, tilesKey } = hearer
    if (hearer.role === null) continue
    let packet = full.get(inkKey)
    if (packet === undefined) {
      const bytes = inkKey === '*' ? batch.all() : batch.of(inkKey)
      packet = bytes && packetOf('ink', bytes)
      full.set(inkKey, packet)
    }
    if (packet) hearer.offer('ink', packet)
    if (!hearer.tiles || tilesKey === '') continue
    let thinned = tiles.get(tilesKey)
    if (thinned === undefined) {
      const bytes = batch.tiles(hearer.tiles)
      thinned = bytes && packetOf('ink:tiles', bytes)
      tiles.set(tilesKey, thinned)
    }
    if (thinned) hearer.offer('ink', thinned)
  }
}

function isDroppable(event: RoomEvent): event is (typeof droppableEvents)[number] {
  return (droppableEvents as readonly RoomEvent[]).includes(event)
}

/** The canvas whose tile alone an event is for; null for all of the room. */
function tileOf(event: RoomEvent, payload: RoomPayload<RoomEvent>): string | null {
  return event === 'canvas:changed' && 'canvasId' in payload ? payload.canvasId : null
}

/** Undefined where the event tells no role. */
function roleTold(event: RoomEvent, payload: RoomPayload<RoomEvent>): Role | null | undefined {
  return event === 'you:role' && 'role' in payload ? payload.role : undefined
}
