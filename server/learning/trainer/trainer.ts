import type { TrainingStatus } from '../../../shared/training/status.ts'
import { Moved, type Handlers } from '../../ops/worker-channel.ts'
import type { Backend } from '../backend/backend.ts'
import { openBackend } from '../backend/open.ts'
import { LearningError } from '../errors.ts'
import { unpackDrawings } from '../packed-drawings.ts'
import type { LoggedDrawing } from '../replay.ts'
import type { LogLine, PackedLog, ProjectStart, Publication, TrainerCalls } from '../rpc.ts'
import { loadExemplars } from '../starter/load-exemplars.ts'
import { loadStarter } from '../starter/load.ts'
import { JobDigits } from './job-digits.ts'
import { TrainingLoop } from './loop.ts'
import { Networks } from './networks.ts'
import { openState } from './open-state.ts'
import { ProjectTrainer } from './project.ts'
import type { ProjectContext } from './project-context.ts'
import { Throttle } from './throttle.ts'

/** What the trainer tells the main thread. */
export interface TrainerOutlets {
  readonly publish: (publication: Publication) => Promise<void>
  readonly status: (projectId: string, status: TrainingStatus) => void
  readonly log: (line: LogLine) => void
}

const MOST_PROJECTS = 256
const STATUS_GAP_MS = 100

/** The trainer behind its calls: projects, their loop and the backend they learn on. */
export function createTrainer(outlets: TrainerOutlets): Handlers<TrainerCalls> {
  let backend: Backend | null = null
  let context: ProjectContext | null = null
  const loop = new TrainingLoop((project, error) => {
    outlets.log({ level: 'error', message: `training of ${project.id} failed`, detail: describe(error) })
    project.fail(error instanceof Error ? error.message : String(error))
  })
  const statuses = new Throttle(STATUS_GAP_MS, (projectId) => {
    const project = loop.get(projectId)
    if (project)
      outlets.status(
        projectId,
        project.status(loop.ahead(project), loop.queue, loop.trainings.turn(project.jobs)),
      )
  })
  const running = { ended: Promise.resolve() }

  function find(projectId: string): ProjectTrainer {
    const project = loop.get(projectId)
    if (!project) throw new LearningError('unknown-project', `the trainer has no project ${projectId} open`)
    return project
  }

  function statusOf(project: ProjectTrainer): TrainingStatus {
    statuses.ask(project.id)
    return project.status(loop.ahead(project), loop.queue, loop.trainings.turn(project.jobs))
  }

  async function open(start: ProjectStart): Promise<ProjectTrainer> {
    const known = loop.get(start.projectId)
    if (known) return known
    if (!context) throw new LearningError('not-ready', 'the trainer has no backend yet')
    if (loop.size >= MOST_PROJECTS)
      throw new LearningError('full', `the trainer has ${MOST_PROJECTS} projects open`)
    const log = unpackLog(start.log).sort((a, b) => a.seq - b.seq)
    const project = new ProjectTrainer(openState(start, context.starter), log, context)
    await project.prepare()
    loop.add(project)
    return project
  }

  return {
    async start({ backend: wanted, mnistFolder }) {
      backend = await openBackend(wanted, (message) => {
        outlets.log({ level: 'info', message: `trainer: ${message}`, detail: '' })
      })
      context = {
        networks: new Networks(backend),
        exemplars: loadExemplars(),
        starter: loadStarter(),
        digits: new JobDigits(mnistFolder),
        log: outlets.log,
        backend: backend.name,
        now: () => performance.now(),
        wallClock: () => Date.now(),
        publish: outlets.publish,
        changed: (projectId) => {
          statuses.ask(projectId)
        },
      }
      running.ended = loop.run()
      return { backend: backend.name, description: backend.description }
    },
    open: (start) =>
      loop.between(async () => {
        const project = await open(start)
        const served = project.served()
        return new Moved({ served, status: statusOf(project) }, [served.weights.buffer])
      }),
    close: ({ projectId }) =>
      loop.between(() => {
        loop.remove(projectId)
        statuses.forget(projectId)
        return null
      }),
    learn: ({ projectId, log }) =>
      loop.between(() => {
        find(projectId).receive(unpackLog(log))
        return null
      }),
    forget: ({ projectId, drawingIds }) =>
      loop.between(async () => {
        await loop.get(projectId)?.forget(drawingIds)
        return null
      }),
    setClasses: ({ projectId, classIds }) => loop.between(() => find(projectId).setClasses(classIds)),
    configure: ({ projectId, settings }) =>
      loop.between(() => {
        find(projectId).configure(settings)
        return statusOf(find(projectId))
      }),
    pause: ({ projectId, paused }) =>
      loop.between(() => {
        find(projectId).setPaused(paused)
        return statusOf(find(projectId))
      }),
    now: ({ projectId }) =>
      loop.between(() => {
        find(projectId).now()
        return statusOf(find(projectId))
      }),
    startJob: ({ projectId, wish }) =>
      loop.between(() => {
        const { jobs } = find(projectId)
        if (loop.trainings.full && !jobs.active)
          throw new LearningError('full', 'the server has as many full trainings as it takes')
        jobs.start(wish)
        return statusOf(find(projectId))
      }),
    stopJob: ({ projectId }) =>
      loop.between(async () => {
        await find(projectId).jobs.stop()
        return statusOf(find(projectId))
      }),
    decideJob: ({ projectId, promote }) =>
      loop.between(async () => {
        await find(projectId).jobs.decide(promote)
        return statusOf(find(projectId))
      }),
    checkpoint: ({ projectId }) =>
      loop.between(() => {
        const made = find(projectId).checkpoint()
        return new Moved(made, [made.blob.buffer])
      }),
    restore: ({ projectId, blob }) =>
      loop.between(async () => {
        await find(projectId).restore(blob)
        return statusOf(find(projectId))
      }),
    assess: ({ projectId, blobs }) => loop.between(() => find(projectId).assess(blobs)),
    served: ({ projectId }) =>
      loop.between(() => {
        const served = find(projectId).served()
        return new Moved(served, [served.weights.buffer])
      }),
    halt: () =>
      loop.between(() => {
        loop.halt()
        return null
      }),
    async stop() {
      loop.stop()
      await running.ended
      context?.networks.dispose()
      return null
    },
  }
}

function unpackLog({ entries, drawings }: PackedLog): LoggedDrawing[] {
  const strokes = unpackDrawings(drawings)
  return entries.map((entry, index) => ({ ...entry, strokes: strokes[index] ?? [] }))
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
