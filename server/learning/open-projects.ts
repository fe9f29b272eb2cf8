import type { ModelInfo, TrainingStatus } from '../../shared/training/status.ts'
import { LearningError } from './errors.ts'
import { buffersOf, packDrawings } from './packed-drawings.ts'
import type { PackedLog, ProjectStart } from './rpc.ts'
import type { LearningDrawing, ModelStart } from './service.ts'

/** What the main thread knows of a project that is open. */
export interface OpenProject {
  readonly reload: ModelStart['reload']
  model: ModelInfo
  status: TrainingStatus
  /** Entries of the label log that came while the trainer was being started again; null while it is there. */
  missed: LearningDrawing[] | null
  /** Drawings that were deleted in that time. */
  readonly gone: Set<string>
}

const MOST_OPEN = 256
const MOST_MISSED = 10_000

/** The projects that are open, being opened or being closed. */
export class OpenProjects {
  private readonly projects = new Map<string, OpenProject>()
  private readonly opening = new Map<string, Promise<OpenProject>>()

  /** The open project, or what `open` makes; at the same time only once. */
  async openOnce(projectId: string, open: () => Promise<OpenProject>): Promise<OpenProject> {
    const known = this.projects.get(projectId)
    if (known) return known
    const under = this.opening.get(projectId)
    if (under) return under
    if (this.projects.size + this.opening.size >= MOST_OPEN)
      throw new LearningError('full', `${MOST_OPEN} projects are open already`)
    const opening = open()
    this.opening.set(projectId, opening)
    try {
      const project = await opening
      this.projects.set(projectId, project)
      return project
    } finally {
      this.opening.delete(projectId)
    }
  }

  /** Runs `job` with the project, once it is open where it is being opened; not at all for an unknown one. */
  whenOpen(projectId: string, job: (project: OpenProject) => void): void {
    const project = this.projects.get(projectId)
    if (project) job(project)
    else
      this.opening.get(projectId)?.then(job, () => {
        // Whoever opens it is told.
      })
  }

  get(projectId: string): OpenProject | undefined {
    return this.projects.get(projectId)
  }

  /** @throws LearningError `unknown-project` */
  need(projectId: string): OpenProject {
    const project = this.projects.get(projectId)
    if (!project) throw new LearningError('unknown-project', `project ${projectId} is not open`)
    return project
  }

  forget(projectId: string): void {
    this.projects.delete(projectId)
  }

  entries(): [string, OpenProject][] {
    return [...this.projects]
  }
}

/** Keeps an entry until the trainer is back; answers false where it has to be left to the next reading of the log. */
export function keepMissed(project: OpenProject, drawing: LearningDrawing): boolean {
  if (!project.missed || project.missed.length >= MOST_MISSED) return false
  project.missed.push(drawing)
  return true
}

/** While the trainer is being started again: leaves drawings out that are deleted. */
export function dropMissed(project: OpenProject | undefined, drawingIds: readonly string[]): void {
  if (!project?.missed) return
  for (const id of drawingIds) project.gone.add(id)
  project.missed = project.missed.filter(({ id }) => !project.gone.has(id))
}

/** Ends the time in which the trainer is being started again; answers the entries that came in it. */
export function takeMissed(project: OpenProject): LearningDrawing[] {
  const missed = project.missed ?? []
  project.missed = null
  project.gone.clear()
  return missed
}

/** What a project is opened anew from, without what was deleted while it was being read. */
export async function readAnew({ reload, gone }: OpenProject): Promise<ModelStart> {
  if (!reload) throw new LearningError('worker-died', 'there is no way to read its start anew')
  const start = await reload()
  return { ...start, drawings: start.drawings.filter(({ id }) => !gone.has(id)) }
}

/** A start as it travels to the trainer, and the buffers that move with it. */
export function packStart(start: ModelStart): { payload: ProjectStart; moved: ArrayBuffer[] } {
  const { projectId, starter, recipe, classIds, settings, paused, seed } = start
  const log = packLog(start.drawings)
  const checkpoint = start.checkpoint && new Uint8Array(start.checkpoint)
  return {
    payload: {
      projectId,
      starter,
      starterClasses: start.starterClasses ?? classIds,
      recipe,
      classIds,
      settings,
      paused,
      seed,
      checkpoint,
      log,
    },
    moved: [...buffersOf(log.drawings), ...(checkpoint ? [checkpoint.buffer] : [])],
  }
}

export function packLog(drawings: readonly LearningDrawing[]): PackedLog {
  return {
    entries: drawings.map(({ id, seq, classId, split, at }) => ({
      ...{ id, seq, classId, split },
      ...(at === undefined ? {} : { at }),
    })),
    drawings: packDrawings(drawings.map(({ strokes }) => strokes)),
  }
}
