import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend, Network } from '../../../server/learning/backend/backend.ts'
import { decodeCheckpoint } from '../../../server/learning/checkpoint.ts'
import type { LogLine } from '../../../server/learning/rpc.ts'
import type { JobState } from '../../../server/learning/trainer/job-state.ts'
import { Networks } from '../../../server/learning/trainer/networks.ts'
import type { ProjectTrainer } from '../../../server/learning/trainer/project.ts'
import type { Architecture } from '../../../shared/training/architecture.ts'
import { untilQuiet } from './drive.ts'
import {
  byHand,
  byRule,
  classIds,
  ended,
  ofThree,
  log,
  refusal,
  steps,
  takeAll,
  takenProject,
  untilEnded,
  type Taken,
} from './job-projects.ts'

let backend: Backend
let open: Taken['open']
beforeAll(async () => {
  const project = await takenProject()
  backend = project.backend
  open = project.open
}, 60_000)

const fourth = log
  .filter(({ classId, split }) => classId === 'class3' && split === 'train')
  .map((drawing, index) => ({ ...drawing, seq: 200 + index }))

function jobOf(project: ProjectTrainer): JobState {
  const { job } = decodeCheckpoint(project.checkpoint().blob)
  if (!job) throw new Error('the checkpoint has no job')
  return job
}

function hashOf(values: Float32Array | null | undefined): string | null {
  return values ? createHash('sha256').update(values).digest('hex') : null
}

/** What a job's later steps follow from; its time is another one in each run. */
function bitsOf({ learner, best, ...rest }: JobState): unknown {
  const { weights, average, averageUpdates, optimiser } = learner ?? {}
  const moments = [optimiser?.first, optimiser?.second].map(hashOf)
  return {
    ...rest,
    milliseconds: 0,
    weights: hashOf(weights),
    average: hashOf(average),
    averageUpdates,
    moments,
    best: hashOf(best),
  }
}

describe('a full training', () => {
  test('[JOB-1] learns from scratch far above chance, and serves by the rule where it is not worse', async () => {
    const lines: LogLine[] = []
    const { project, published } = await open(
      { learningRate: 3e-3 },
      {},
      { log: (line) => void lines.push(line) },
    )
    const before = project.served()
    project.jobs.start(byRule)
    expect(project.status(0).job).toMatchObject({
      state: 'waiting',
      plan: { family: 'cnn', why: 'asked', drawings: 36, others: 0 },
      ahead: 0,
    })
    await steps(project, 8)
    const { job: running } = project.status(0)
    expect(running).toMatchObject({
      state: 'running',
      plan: { drawings: 36, others: 0 },
      progress: { epoch: 0, epochs: 4, step: 7 },
    })
    expect(running?.state === 'running' && running.progress.loss).toBeGreaterThan(0)
    expect(running?.state === 'running' && running.secondsLeft).toBeGreaterThan(0)
    expect(project.served()).toEqual(before)
    const job = await untilEnded(project)
    expect(job.progress.best).toBeGreaterThan(0.6)
    expect(job.outcome).toBe('promoted')
    expect(job.compared?.after.right).toBeGreaterThanOrEqual(job.compared?.before.right ?? Infinity)
    // Validation decides, and is not called the test.
    expect(job.compared?.after).toEqual({
      ...{ right: expect.any(Number) as number, of: 24, share: expect.any(Number) as number },
      ...{ low: expect.any(Number) as number, high: expect.any(Number) as number },
    })
    const { model, weights } = project.served()
    expect(model.version).toBe(before.model.version + 1)
    expect(published.at(-1)?.served.model).toEqual(model)
    expect(hashOf(weights)).not.toBe(hashOf(before.weights))
    // Each epoch and the end are logged, with what memory they took.
    const epochs = lines.filter(({ message }) => message.includes('epoch'))
    expect(epochs).toHaveLength(4)
    for (const figure of ['accuracy', 'seconds', 'tensors', 'bytes', 'residentBytes'])
      expect(epochs[0]?.detail).toMatch(new RegExp(`"${figure}":[0-9.]+`))
    expect(lines.at(-1)?.message).toContain('promoted')
  })

  test('[JOB-2] does not serve by the rule where it is worse', async () => {
    const { project, published } = await open({ learningRate: 1e-5, stop: { kind: 'epochs', epochs: 1 } })
    await untilQuiet(project)
    const before = project.served()
    published.length = 0
    project.jobs.start(byRule)
    const job = await untilEnded(project)
    expect(job.compared?.after.right).toBeLessThan(job.compared?.before.right ?? 0)
    expect(job.outcome).toBe('not-better')
    expect(project.served()).toEqual(before)
    expect(published).toEqual([])
    expect(jobOf(project)).toMatchObject({ learner: null, best: null })
  })

  test('[JOB-3] is stopped at once; what did best so far waits for a decision', async () => {
    const { project } = await open({ learningRate: 3e-3 })
    expect(await refusal(() => project.jobs.stop())).toBe('no-job')
    project.jobs.start(byRule)
    await steps(project, 15)
    const { bestAccuracy, best, learner } = jobOf(project)
    expect(hashOf(best)).not.toBe(hashOf(learner?.average))
    const before = project.served()
    await project.jobs.stop()
    expect(ended(project)).toMatchObject({ outcome: 'waits', compared: { after: { of: 24 } } })
    expect(jobOf(project).bestAccuracy).toBeGreaterThanOrEqual(bestAccuracy ?? Infinity)
    expect(ended(project).compared?.after.share).toBe(jobOf(project).bestAccuracy)
    expect(project.served()).toEqual(before)
    const kept = jobOf(project).best
    const { blob } = project.checkpoint()
    await project.jobs.decide(true)
    expect(ended(project).outcome).toBe('promoted')
    expect(hashOf(project.served().weights)).toBe(hashOf(kept))
    expect(await refusal(() => project.jobs.decide(true))).toBe('no-job')
    const again = await open({}, { checkpoint: blob })
    again.project.parts.state.job?.best?.fill(1e9)
    expect(await refusal(() => again.project.jobs.decide(true))).toBe('diverged')
    expect(ended(again.project).outcome).toBe('waits')
    await again.project.jobs.decide(false)
    expect(ended(again.project).outcome).toBe('discarded')
    expect(again.project.served()).toEqual(before)
    expect(jobOf(again.project).best).toBeNull()
  })

  test('[JOB-4] goes on from a checkpoint to the same bits as one that was not interrupted', async () => {
    const through = await open()
    through.project.jobs.start(byHand)
    await steps(through.project, 17)
    const { blob } = through.project.checkpoint()
    const second = await open({}, { checkpoint: blob })
    expect(second.project.status(0).job).toMatchObject({ state: 'running', progress: { step: 15 } })
    await steps(through.project, 9)
    await steps(second.project, 9)
    expect(bitsOf(jobOf(second.project))).toEqual(bitsOf(jobOf(through.project)))
    await untilEnded(through.project)
    await untilEnded(second.project)
    expect(ended(second.project).outcome).toBe('waits')
    expect(bitsOf(jobOf(second.project))).toEqual(bitsOf(jobOf(through.project)))
  })

  test('[JOB-5] trains on what was there at its start; what comes meanwhile is learned from by the loop', async () => {
    const alone = await open()
    alone.project.jobs.start(byHand)
    await untilEnded(alone.project)
    const { project, published } = await open({}, { classIds })
    project.jobs.start(byHand)
    await steps(project, 5)
    const known = ofThree.slice(0, 1).map((drawing) => ({ ...drawing, id: 'later', seq: 199 }))
    project.receive([...known, ...fourth.slice(0, 1)])
    await takeAll(project)
    expect(published.at(-1)?.served.model).toMatchObject({ trainedTo: fourth[0]?.seq, classIds })
    await untilEnded(project)
    expect(hashOf(jobOf(project).best)).toBe(hashOf(jobOf(alone.project).best))
    // Deleted drawings are trained on no more.
    const other = await open()
    other.project.jobs.start(byHand)
    await steps(other.project, 5)
    await other.project.forget(ofThree.slice(0, 6).map(({ id }) => id))
    await untilEnded(other.project)
    expect(hashOf(jobOf(other.project).best)).not.toBe(hashOf(jobOf(alone.project).best))
  })

  test('[JOB-5] where deletions leave too few validation drawings the loss decides from then on', async () => {
    const { project } = await open()
    project.jobs.start(byHand)
    await steps(project, 12)
    expect(jobOf(project).bestAccuracy).not.toBeNull()
    const aside = ofThree.filter(({ split }) => split === 'validation')
    await project.forget(aside.slice(0, 5).map(({ id }) => id))
    await steps(project, 11)
    const { bestAccuracy, best, learner, epoch } = jobOf(project)
    expect([epoch, bestAccuracy]).toEqual([2, null])
    expect(hashOf(best)).toBe(hashOf(learner?.average))
  })

  test('[JOB-6] a class that came meanwhile has its column in the result, one that went has none', async () => {
    const { project } = await open({}, { classIds })
    project.jobs.start(byHand)
    await steps(project, 5)
    project.receive(fourth.slice(0, 2))
    await takeAll(project)
    await project.setClasses(classIds.slice(1))
    await untilEnded(project)
    await project.jobs.decide(true)
    const { model } = project.served()
    expect([...model.classIds].sort()).toEqual(classIds.slice(1))
    expect(project.checkpoint().classIds).toEqual(model.classIds)
    project.receive(fourth.slice(2, 4))
    await takeAll(project)
    expect(project.served().model.trainedTo).toBe(fourth[3]?.seq)
  })

  test('[JOB-10] a loss that is no number goes back to the best so far at half the rate, five of them end it', async () => {
    let broken = 0
    const networks = new (class extends Networks {
      override with(weights: Float32Array, architecture: Architecture): Network {
        const network = super.with(weights, architecture)
        return {
          architecture,
          setWeights: (values) => {
            network.setWeights(values)
          },
          logits: (pixels, size) => network.logits(pixels, size),
          embed: (pixels, size) => network.embed(pixels, size),
          gradient: async (batch, trained) => {
            const gradient = await network.gradient(batch, trained)
            return broken-- > 0 ? { ...gradient, loss: NaN } : gradient
          },
          dispose: () => {
            network.dispose()
          },
        }
      }
    })(backend)
    const { project } = await open({}, {}, { networks })
    project.jobs.start(byHand)
    await steps(project, 12)
    const { best } = jobOf(project)
    broken = 1
    await steps(project, 1)
    const job = jobOf(project)
    expect(job).toMatchObject({ rateFactor: 0.5, divergences: 1 })
    expect(hashOf(job.learner?.weights)).toBe(hashOf(best))
    broken = 5
    await untilEnded(project)
    expect(ended(project).outcome).toBe('failed')
    expect(ended(project).reason).toContain('5 times')
    expect(project.status(0).phase.state).not.toBe('failed')
  })
})
