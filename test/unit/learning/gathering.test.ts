import { describe, expect, test } from 'vitest'
import type { LoggedDrawing } from '../../../server/learning/replay.ts'
import { Gathering } from '../../../server/learning/trainer/gathering.ts'
import { Pending } from '../../../server/learning/trainer/pending.ts'

const drawing = (seq: number, classId: string | null = 'a'): LoggedDrawing => ({
  id: String(seq),
  seq,
  classId,
  split: 'train',
  strokes: [],
})

function begin(pending = new Pending([], 0)): {
  pending: Pending
  gathering: Gathering
  clock: { ms: number }
  state: { releasedTo: number }
  add: (seq: number) => void
} {
  const clock = { ms: 0 }
  const state = { releasedTo: 0 }
  const gathering = new Gathering(
    pending,
    () => state,
    () => clock.ms,
  )
  const add = (seq: number): void => {
    pending.add(drawing(seq), clock.ms)
  }
  return { pending, gathering, clock, state, add }
}

describe('when arrivals are learned from', () => {
  test('[LEARN-43] at each label', () => {
    const { gathering, add } = begin()
    add(1)
    expect(gathering.left({ kind: 'each' })).toBeNull()
    expect(gathering.allowed({ kind: 'each' })).toBe(1)
  })

  test('[LEARN-43] at every so many labels; a withdrawal is none', () => {
    const { pending, gathering, add } = begin()
    const when = { kind: 'labels', labels: 3 } as const
    add(1)
    pending.add(drawing(2, null), 0)
    add(3)
    expect(gathering.left(when)).toEqual({ kind: 'labels', labels: 1 })
    add(4)
    expect(gathering.left(when)).toBeNull()
    expect(gathering.allowed(when)).toBe(4)
  })

  test('[LEARN-43] after so many minutes since the first that waits', () => {
    const { pending, gathering, clock, add } = begin()
    const when = { kind: 'minutes', minutes: 2 } as const
    expect(gathering.dueIn(when)).toBeNull()
    clock.ms = 1_000
    add(1)
    clock.ms = 61_000
    add(2)
    expect(gathering.left(when)).toEqual({ kind: 'time', ms: 60_000 })
    clock.ms = 121_000
    expect(gathering.left(when)).toBeNull()
    expect(pending.take(9, gathering.allowed(when)).drawings).toHaveLength(2)
    clock.ms = 130_000
    add(3)
    clock.ms = 140_000
    expect(gathering.left(when)).toEqual({ kind: 'time', ms: 110_000 })
  })

  test('[LEARN-43] a restart counts the minutes on from when the first of them was labelled', () => {
    const log = [1, 2, 3].map((seq) => drawing(seq))
    const { pending, gathering, clock } = begin(new Pending(log, 1, ({ seq }) => -90_000 + 10_000 * seq))
    const when = { kind: 'minutes', minutes: 2 } as const
    expect(gathering.left(when)).toEqual({ kind: 'time', ms: 50_000 })
    clock.ms = 50_000
    expect(gathering.left(when)).toBeNull()
    const { drawings, arrivedAt } = pending.take(9, gathering.allowed(when))
    expect(drawings.map(({ seq }) => seq)).toEqual([2, 3])
    // How long it took to learn from these is nobody's to know.
    expect(arrivedAt).toBe(0)
  })

  test('[LEARN-44] at a press, what waited then and not what comes while it is learned from', () => {
    const { pending, gathering, add } = begin()
    const when = { kind: 'button' } as const
    for (const seq of [1, 2, 3]) add(seq)
    expect(gathering.left(when)).toEqual({ kind: 'button' })
    gathering.release()
    expect(gathering.left(when)).toBeNull()
    pending.take(2, gathering.allowed(when))
    add(4)
    expect(gathering.left(when)).toBeNull()
    const { drawings } = pending.take(9, gathering.allowed(when))
    expect(drawings.map(({ seq }) => seq)).toEqual([3])
    expect(gathering.left(when)).toEqual({ kind: 'button' })
  })

  test('[LEARN-44] a restart goes on with what a press let go', () => {
    const { pending, gathering, state, add } = begin()
    for (const seq of [1, 2, 3]) add(seq)
    gathering.release()
    pending.take(1, gathering.allowed({ kind: 'button' }))
    const log = [1, 2, 3, 4].map((seq) => drawing(seq))
    const again = new Gathering(
      new Pending(log, 1),
      () => state,
      () => 0,
    )
    expect(again.left({ kind: 'button' })).toBeNull()
    expect(again.allowed({ kind: 'button' })).toBe(2)
  })

  test('[LEARN-44] a press without arrivals holds for none that come later', () => {
    const { gathering, add } = begin()
    gathering.release()
    add(1)
    expect(gathering.left({ kind: 'button' })).toEqual({ kind: 'button' })
  })

  test('[LEARN-44] nor does one for drawings that were deleted since', () => {
    const { pending, gathering, add } = begin()
    add(1)
    gathering.release()
    pending.forget(['1'])
    add(2)
    expect(gathering.left({ kind: 'button' })).toEqual({ kind: 'button' })
  })
})
