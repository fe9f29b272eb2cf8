import { AppError } from '../../shared/protocol/errors.ts'
import { toUser } from '../identity/people.ts'
import type { Store } from '../storage/store.ts'
import type { RoomRecords } from './room.ts'

const ACCURACY_POINTS = 500

/** Reads what a room starts from. @throws AppError `unknown-project` */
export async function readRoom(store: Store, projectId: string): Promise<RoomRecords> {
  const project = await store.getProject(projectId)
  if (!project) throw new AppError('unknown-project', `There is no project ${projectId}`)
  const [classes, canvases, counts, accuracy, members] = await Promise.all([
    store.listClasses(projectId),
    store.listCanvases(projectId),
    store.countDrawings(projectId),
    store.listAccuracy(projectId, ACCURACY_POINTS),
    store.listMembers(projectId),
  ])
  const roles = new Map(members.map(({ userId, role }) => [userId, role]))
  const owners = canvases.flatMap(({ ownerId, deleted }) =>
    ownerId !== null && !deleted && roles.has(ownerId) ? [ownerId] : [],
  )
  const absent = (await store.getUsers(owners)).map((record) => ({
    user: toUser(record),
    role: roles.get(record.id) ?? ('viewer' as const),
  }))
  return { project, classes, canvases, counts, accuracy, absent }
}
