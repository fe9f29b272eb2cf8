import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import { defaultTrainingSettings, type TrainingSettings } from '../../shared/training/settings.ts'
import type { JobStatus, TrainingStatus } from '../../shared/training/status.ts'
import { startApp, type TestApp } from '../support/app.ts'
import { temporaryFolder } from '../support/built-server.ts'
import { Client } from '../support/clients.ts'
import { loadSketches } from '../support/fixtures.ts'
import { labellerOf, type Labeller } from '../support/labelling.ts'

const sketches = loadSketches()
const words = [...new Set(sketches.map(({ label }) => label))].slice(0, 2)
const quick: TrainingSettings = { ...defaultTrainingSettings, batchSize: 16, stepsPerArrival: 1 }
/** Longer than any test. */
const endless: TrainingSettings = { ...quick, stop: { kind: 'time', seconds: 14_400 } }
const byHand = { mnist: false, promote: 'hand' } as const

const dataDir = temporaryFolder()
let app: TestApp
beforeAll(async () => {
  app = await startApp({ dataDir, config: { backend: 'wasm' } })
})
afterAll(async () => {
  await app.end()
  await rm(dataDir, { recursive: true, force: true })
})

interface Room {
  readonly ada: Labeller
  readonly vic: Client
}

/** A room of two classes with an owner who labels and a viewer who looks on. */
async function room(settings: TrainingSettings, perClass: number): Promise<Room> {
  const owner = await Client.arrive(app.url, 'Ada')
  const { project, codes } = await owner.create('empty', words)
  const ada = await labellerOf(owner, project.id)
  const vic = await Client.arrive(app.url, 'Vic')
  await vic.joinByCode(codes.viewer)
  await vic.join(project.id)
  await owner.command('training:configure', settings)
  const learned = vic.next('model:published', ({ model }) => model.trainedTo >= perClass * words.length)
  for (let turn = 0; turn < perClass; turn++) for (const index of words.keys()) await label(ada, index, turn)
  if (perClass > 0) await learned
  return { ada, vic }
}

function label(by: Labeller, classIndex: number, turn: number) {
  const ofClass = sketches.filter(({ label: word }) => word === words[classIndex])
  return by.label(ofClass[turn]?.strokes ?? [], classIndex)
}

function told(client: Client, matches: (status: TrainingStatus) => boolean): Promise<TrainingStatus> {
  return client.next('training:progress', matches)
}

const runsAt =
  (step: number) =>
  ({ job }: TrainingStatus): boolean =>
    job?.state === 'running' && job.progress.step >= step

function outcomeOf(job: JobStatus | null): string {
  return job?.state === 'ended' ? job.outcome : (job?.state ?? 'none')
}

function leave({ ada, vic }: Room): void {
  ada.client.leave()
  vic.leave()
}

describe('when labels are learned from', () => {
  test('[LIVE-20] labels wait for their number, everybody sees how many, and for the button of who may press it', async () => {
    const here = await room({ ...quick, when: { kind: 'labels', labels: 3 } }, 0)
    const { ada, vic } = here
    const gathering = told(vic, ({ phase }) => phase.state === 'gathering' && phase.waiting === 2)
    await label(ada, 0, 0)
    const { seq } = await label(ada, 1, 0)
    expect((await gathering).phase).toEqual({
      state: 'gathering',
      waiting: 2,
      left: { kind: 'labels', labels: 1 },
    })
    expect(await vic.refusal('training:now', {})).toBe('forbidden')
    const state = await vic.join(ada.projectId)
    expect(state.training).toMatchObject({ step: 0, pending: 2 })

    const learned = vic.next('model:published', ({ model }) => model.trainedTo >= seq)
    await ada.client.command('training:now', {})
    expect((await learned).model.trainedTo).toBe(seq)

    const third = vic.next('model:published', ({ model }) => model.trainedTo >= seq + 3)
    for (const [index, turn] of [
      [0, 1],
      [1, 1],
      [0, 2],
    ] as const)
      await label(ada, index, turn)
    expect((await third).model.trainedTo).toBe(seq + 3)
    leave(here)
  })
})

describe('a full training', () => {
  test('[LIVE-21] tells its progress, waits for a decision, and serves once an owner says so', async () => {
    const here = await room({ ...quick, stop: { kind: 'epochs', epochs: 2 } }, 4)
    const { ada, vic } = here
    const ended = told(vic, ({ job }) => job?.state === 'ended')
    const asked = await ada.client.command('training:job-start', byHand)
    expect(asked.job?.plan).toMatchObject({ family: 'cnn', why: 'asked', promote: 'hand' })
    const { job } = await ended
    expect(outcomeOf(job)).toBe('waits')
    expect(job).toMatchObject({
      plan: { drawings: 8 },
      progress: { epoch: 2, epochs: 2, loss: expect.any(Number) as number },
    })

    const decided = { promote: true }
    expect(await vic.refusal('training:job-decide', decided)).toBe('forbidden')
    const { model: before } = await vic.join(ada.projectId)
    const published = vic.next('model:published', ({ model }) => model.version > (before?.version ?? 0))
    const serving = await ada.client.command('training:job-decide', decided)
    expect(outcomeOf(serving.job)).toBe('promoted')
    expect((await published).model.classIds).toHaveLength(2)
    expect(await ada.client.refusal('training:job-decide', decided)).toBe('conflict')
    const { activity } = await vic.join(ada.projectId)
    expect(activity.map(({ kind }) => kind)).toEqual(['job-started', 'job-promoted'])
    leave(here)
  })

  test('[LIVE-24] another network is trained beside the one that serves, until it is taken', async () => {
    const here = await room(quick, 4)
    const { ada, vic } = here
    const ended = told(vic, ({ job }) => job?.state === 'ended')
    const settings = { ...quick, family: 'mlp', stop: { kind: 'epochs', epochs: 1 } } as const
    await ada.client.command('training:configure', settings)
    const { job } = await ended
    expect(job?.plan).toMatchObject({ family: 'mlp', why: 'asked' })
    expect((await vic.join(ada.projectId)).model?.family).toBe('cnn')
    expect(outcomeOf(job)).toBe('waits')
    const published = vic.next('model:published', ({ model }) => model.family === 'mlp')
    await ada.client.command('training:job-decide', { promote: true })
    await published
    leave(here)
  })

  test('[LIVE-22] is stopped at once and dropped; what cannot be is refused with the reason', async () => {
    const here = await room(endless, 1)
    const { ada, vic } = here
    const asks = async <C extends CommandName>(name: C, payload: CommandInput<C>): Promise<string> => {
      const reply = await ada.client.ask(name, payload)
      return 'error' in reply ? `${reply.error.code}: ${reply.error.detail}` : 'ok'
    }
    expect(await asks('training:job-stop', {})).toMatch(/^conflict: .*full training/)
    const began = told(vic, runsAt(2))
    await ada.client.command('training:job-start', byHand)
    await began
    expect(await asks('training:job-start', byHand)).toMatch(/^conflict: .*already/)
    expect(await vic.refusal('training:job-stop', {})).toBe('forbidden')
    const { job } = await ada.client.command('training:job-stop', {})
    expect(job?.state).toBe('ended')
    if (outcomeOf(job) === 'waits') {
      const { job: dropped } = await ada.client.command('training:job-decide', { promote: false })
      expect(outcomeOf(dropped)).toBe('discarded')
    }
    expect(await asks('training:job-decide', { promote: true })).toMatch(/^conflict: /)
    leave(here)
  })

  test('[LIVE-22] with MNIST there is one only where the server was given it, and the refusal names the setting', async () => {
    const ben = await Client.arrive(app.url, 'Ben')
    const { project } = await ben.create('digits')
    await ben.join(project.id)
    const reply = await ben.ask('training:job-start', { ...byHand, mnist: true })
    expect(reply).toMatchObject({
      error: { code: 'conflict', detail: expect.stringMatching(/MNIST.*DATA_FOLDER/) as string },
    })
    expect((await ben.join(project.id)).training.job).toBeNull()
    ben.leave()
  })

  test('[LIVE-22] without two classes that have drawings there is none', async () => {
    const here = await room(quick, 0)
    await label(here.ada, 0, 0)
    expect(await here.ada.client.refusal('training:job-start', byHand)).toBe('conflict')
    expect((await here.ada.client.join(here.ada.projectId)).training.job).toBeNull()
    leave(here)
  })

  test('[LIVE-23] goes on where it was after a restart of the server', async () => {
    const here = await room(endless, 3)
    const { ada, vic } = here
    const far = told(vic, runsAt(5))
    await ada.client.command('training:job-start', byHand)
    const { job: before } = await far
    leave(here)
    await app.end()
    app = await startApp({ dataDir, config: { backend: 'wasm' } })

    const back = ada.client.again(app.url)
    const further = back.join(ada.projectId).then(({ training }) => training)
    const { job: after } = await further
    if (before?.state !== 'running' || after?.state !== 'running') throw new Error(outcomeOf(after))
    expect(after.progress.step).toBeGreaterThanOrEqual(before.progress.step)
    expect(after.plan).toEqual(before.plan)
    await told(back, runsAt(after.progress.step + 3))
    expect(outcomeOf((await back.command('training:job-stop', {})).job)).not.toBe('running')
    back.leave()
  })
})
