import { describe, expect, test } from 'vitest'
import { JobQueue, type TakesTurns } from '../../../server/learning/trainer/job-queue.ts'

/** A project whose full training has so many steps, each of so many ms. */
class Steps implements TakesTurns {
  paused = false
  made = 0
  asked: boolean[] = []

  constructor(
    private readonly clock: { now: number },
    private readonly steps: number,
    private readonly ms: number,
    private readonly due: number | null = null,
  ) {}

  get active(): boolean {
    return this.made < this.steps
  }
  get waiting(): boolean {
    return this.active && this.made === 0
  }
  get ready(): boolean {
    return this.active && !this.paused
  }
  advance(): Promise<void> {
    this.made++
    this.clock.now += this.ms
    return Promise.resolve()
  }
  startDue(full: boolean): number | null {
    this.asked.push(full)
    return this.due
  }
}

function queueOf(...projects: Steps[]): JobQueue {
  return new JobQueue(
    () => projects.map((jobs) => ({ jobs })),
    () => clock.now,
  )
}

const clock = { now: 0 }

describe('the queue of full trainings', () => {
  test('[JOB-11] slices are short, and each project has its turn', async () => {
    const slow = new Steps(clock, 4, 400)
    const quick = new Steps(clock, 100, 10)
    const paused = new Steps(clock, 5, 10)
    paused.paused = true
    const queue = queueOf(slow, quick, paused)
    expect(queue.turn(slow)).toEqual({ ahead: 0, sharing: 2 })
    expect(queue.turn(quick)).toEqual({ ahead: 1, sharing: 2 })
    const turns: string[] = []
    for (let turn = 0; turn < 6; turn++) {
      const next = queue.next()
      if (!next) break
      turns.push(next === slow ? 'slow' : 'quick')
      await queue.advance(next)
    }
    expect(turns).toEqual(['slow', 'quick', 'slow', 'quick', 'slow', 'quick'])
    expect(slow.made).toBe(3)
    expect(quick.made).toBe(15)
    expect(paused.made).toBe(0)
    paused.paused = false
    expect(queue.next()).toBe(paused)
  })

  test('[JOB-11] sixteen are as many as there may be; one that ends makes room', async () => {
    const projects = Array.from({ length: 16 }, () => new Steps(clock, 1, 60))
    const queue = queueOf(...projects)
    expect(queue.full).toBe(true)
    queue.startDue()
    expect(projects[0]?.asked).toEqual([true])
    const next = queue.next()
    if (next) await queue.advance(next)
    expect(queue.full).toBe(false)
    expect(queueOf().next()).toBeNull()
  })

  test('[JOB-8] what begins by itself is looked at again when the first of all projects is due', () => {
    const queue = queueOf(
      new Steps(clock, 0, 1, null),
      new Steps(clock, 0, 1, 900),
      new Steps(clock, 0, 1, 70),
    )
    expect(queue.startDue()).toBe(70)
    expect(queueOf(new Steps(clock, 0, 1)).startDue()).toBeNull()
  })
})
