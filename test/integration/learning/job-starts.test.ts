import { beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../../server/learning/backend/backend.ts'
import { openDriven } from './drive.ts'
import {
  byHand,
  byRule,
  classIds,
  ended,
  log,
  ofThree,
  refusal,
  settings,
  steps,
  takeAll,
  takenProject,
  three,
  untilEnded,
  type Taken,
} from './job-projects.ts'

let backend: Backend
let open: Taken['open']
let taken: Taken['checkpoint']
beforeAll(async () => {
  const project = await takenProject()
  backend = project.backend
  open = project.open
  taken = project.checkpoint
}, 60_000)

describe('when a full training begins', () => {
  test('[JOB-7] another family takes effect by a full training that begins by itself', async () => {
    const { project } = await open()
    project.configure({ ...settings, family: 'mlp', stop: { kind: 'epochs', epochs: 2 } })
    expect(project.jobs.startDue(true)).toBeNull()
    expect(project.jobs.active).toBe(false)
    project.jobs.startDue(false)
    expect(project.status(0).job).toMatchObject({ plan: { family: 'mlp', why: 'asked', promote: 'rule' } })
    await steps(project, 6)
    expect(project.served().model.family).toBe('cnn')
    // Asked for another one meanwhile, the first has no use any more.
    project.configure({ ...settings, family: 'cnn' })
    expect(ended(project)).toMatchObject({ outcome: 'discarded', reason: null })
    project.jobs.startDue(false)
    expect(project.jobs.active).toBe(false)
    // Asked for again it is tried again, and then no more by itself, whatever came of it.
    project.configure({ ...settings, family: 'mlp', stop: { kind: 'epochs', epochs: 2 } })
    project.jobs.startDue(false)
    expect(project.status(0).job).toMatchObject({ state: 'waiting', plan: { family: 'mlp' } })
    await project.jobs.stop()
    expect(ended(project).outcome).toBe('discarded')
    project.configure({ ...settings, family: 'mlp', stop: { kind: 'epochs', epochs: 2 }, dropout: 0.3 })
    project.jobs.startDue(false)
    expect(project.jobs.active).toBe(false)
    project.jobs.start(byHand)
    await untilEnded(project)
    await project.jobs.decide(true)
    expect(project.served().model.family).toBe('mlp')
    const again = await open({ family: 'mlp' }, { checkpoint: project.checkpoint().blob })
    expect(again.project.served()).toEqual(project.served())
    again.project.jobs.startDue(false)
    expect(again.project.jobs.active).toBe(false)
  })

  test('[JOB-7] a pause holds another family, which begins once it is over', async () => {
    const { project } = await open()
    project.setPaused(true)
    project.configure({ ...settings, family: 'mlp' })
    expect(project.jobs.startDue(false)).toBeNull()
    expect(project.jobs.active).toBe(false)
    expect(project.status(0)).toMatchObject({ phase: { state: 'paused' }, notice: { kind: 'new-family' } })
    const { blob } = project.checkpoint()
    project.setPaused(false)
    project.jobs.startDue(false)
    expect(project.status(0).job).toMatchObject({ state: 'waiting', plan: { family: 'mlp', why: 'asked' } })
    // A pause holds it before any step, too, and so does one that a restart comes into.
    project.setPaused(true)
    expect(project.jobs).toMatchObject({ active: true, ready: false })
    const again = await open({ family: 'mlp' }, { checkpoint: blob, paused: true })
    again.project.jobs.startDue(false)
    expect(again.project.jobs.active).toBe(false)
    again.project.setPaused(false)
    again.project.jobs.startDue(false)
    expect(again.project.jobs).toMatchObject({ active: true, ready: true })
  })

  test('[JOB-7] a training of a family that is wanted no more since the checkpoint ends', async () => {
    const { project } = await open({ family: 'mlp' })
    project.jobs.start(byRule)
    await steps(project, 3)
    const again = await open({ family: 'cnn' }, { checkpoint: project.checkpoint().blob })
    expect(ended(again.project)).toMatchObject({ outcome: 'discarded', plan: { family: 'mlp' } })
    expect(again.project.status(0).notice).toBeNull()
    const other = await open({ family: 'mlp' }, { checkpoint: taken })
    expect(other.project.status(0).notice).toEqual({ kind: 'new-family', family: 'mlp' })
  })

  test('[JOB-8] consolidates by itself once much is new and nothing has come for a while', async () => {
    let now = 0
    let pace = 0
    const clock = (): number => (now += pace)
    const { project } = await openDriven(backend, { classIds, settings }, log, undefined, clock)
    await takeAll(project)
    project.receive([])
    expect(project.jobs.startDue(false)).toBe(20_000)
    now = 19_999
    expect(project.jobs.startDue(false)).toBe(1)
    project.setPaused(true)
    now = 20_000
    expect(project.jobs.startDue(false)).toBeNull()
    expect(project.jobs.active).toBe(false)
    project.setPaused(false)
    project.jobs.startDue(false)
    expect(project.status(0).job).toMatchObject({ plan: { why: 'consolidation', promote: 'rule' } })
    // Its two minutes are those of its own steps.
    now += 120_000
    pace = 15_000
    await untilEnded(project)
    pace = 0
    expect(['promoted', 'not-better']).toContain(ended(project).outcome)
    expect(ended(project).progress.step).toBeLessThan(10)
    now += 60_000
    expect(project.jobs.startDue(false)).toBeNull()
    expect(ended(project)).toBeDefined()
  })

  test('[JOB-9] is refused by name where it makes no sense', async () => {
    const { project } = await openDriven(backend, { classIds, settings }, log.slice(0, 1))
    await takeAll(project)
    expect(await refusal(() => project.jobs.start(byRule))).toBe('too-few')
    expect(project.status(0).job).toBeNull()
    // A second class that waits beside it is no reason to refuse, one that is kept aside is.
    project.configure({ ...settings, when: { kind: 'button' } })
    project.receive(log.slice(48, 52))
    expect(await refusal(() => project.jobs.start(byRule))).toBe('too-few')
    expect(project.work()).toBeNull()
    const known = await open()
    expect(await refusal(() => known.project.jobs.start({ ...byRule, mnist: true }))).toBe('no-mnist')
    known.project.jobs.start(byRule)
    expect(await refusal(() => known.project.jobs.start(byRule))).toBe('job-running')
    await known.project.jobs.stop()
    expect(ended(known.project).outcome).toBe('discarded')
  })

  test('[JOB-9] takes in what waits for a press before its first step', async () => {
    const waiting = { ...settings, when: { kind: 'button' } } as const
    const start = { classIds: three, settings: waiting }
    const { project } = await openDriven(backend, start, ofThree.slice(0, 12))
    project.receive(ofThree.slice(12, 20))
    expect(project.work()).toBeNull()
    project.jobs.start(byHand)
    expect(project.status(0).job).toMatchObject({ state: 'waiting', plan: { drawings: 20, others: 0 } })
    expect(project.work()).toBe('arrival')
    await takeAll(project)
    await project.jobs.advance()
    expect(project.status(0).job).toMatchObject({ state: 'running', plan: { drawings: 20 } })
    // What comes from here on waits for the next press.
    project.receive(ofThree.slice(20, 24))
    expect(project.work()).toBeNull()
  })
})
