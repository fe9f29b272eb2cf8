import { newId } from '../../shared/ids/id.ts'
import type { Template, User } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Body, CreatedReply } from '../../shared/protocol/rest.ts'
import { nameKey } from '../../shared/protocol/text.ts'
import { defaultTrainingSettings } from '../../shared/training/settings.ts'
import type { Clock } from '../ops/clock.ts'
import type { ProjectRecord, StoredHand } from '../storage/records.ts'
import type { Store } from '../storage/store.ts'
import { carryOver, type FirstUpdate } from './carry-over.ts'
import { withFreshCodes } from './codes.ts'
import { toProjectInfo } from './project-info.ts'

/** The classes of a digits project, in the order of the starter model. */
export const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** A hand that holds nothing. */
export const openHand: StoredHand = {
  frozenAll: false,
  frozenCanvasIds: [],
  labelsLocked: false,
  namesHidden: false,
  lobby: false,
  ended: false,
}

export interface NewProjectOptions {
  readonly store: Store
  readonly clock: Clock
}

/** Makes a project with its classes, owner and codes, and the creator's own canvas where strokes are carried over. */
export async function createNewProject(
  { store, clock }: NewProjectOptions,
  creator: User,
  { name, template, classes = [], strokes = [] }: Body<'POST /projects'>,
): Promise<CreatedReply> {
  const classNames = namesOf(template, classes)
  const carried = strokes.length > 0 ? carryOver(strokes) : null
  const now = clock.now()
  const project: ProjectRecord = {
    id: newId(),
    name,
    template,
    createdAt: now,
    settings: { editorsMayManage: false, ownCanvasOpenTo: 'all' },
    training: defaultTrainingSettings,
    trainingPaused: false,
    ownerLinkHash: null,
    hand: openHand,
  }
  const projectId = project.id
  const classRecords = classNames.map((className, index) => ({
    id: newId(),
    projectId,
    name: className,
    number: index + 1,
    removed: false,
  }))
  const owner = { projectId, userId: creator.id, role: 'owner', joinedAt: now } as const
  const codes = await withFreshCodes(async ([editor, viewer]) => {
    const common = { projectId, active: true, usedAt: now }
    await store.createProject(project, classRecords, owner, [
      { code: editor, role: 'editor', ...common },
      { code: viewer, role: 'viewer', ...common },
    ])
    return { editor, viewer }
  })
  if (carried) await putOwnCanvas(store, project, creator, carried)
  return { project: toProjectInfo(project), codes }
}

async function putOwnCanvas(
  store: Store,
  { id: projectId, createdAt, settings }: ProjectRecord,
  creator: User,
  { update, clientId }: FirstUpdate,
): Promise<void> {
  const id = newId()
  await store.putCanvas({
    id,
    projectId,
    generation: 1,
    ownerId: creator.id,
    name: creator.name,
    openTo: settings.ownCanvasOpenTo,
    createdAt,
    deleted: false,
  })
  await store.appendCanvas(id, update, [{ clientId, userId: creator.id }])
}

function namesOf(template: Template, classes: readonly string[]): readonly string[] {
  if (template === 'digits') {
    if (classes.length > 0)
      throw new AppError('invalid', 'a digits project brings its own classes', { path: 'classes' })
    return DIGITS
  }
  const seen = new Set<string>()
  classes.forEach((className, index) => {
    const key = nameKey(className)
    if (seen.has(key))
      throw new AppError('conflict', `the class ${className} comes twice`, {
        path: `classes.${String(index)}`,
      })
    seen.add(key)
  })
  return classes
}
