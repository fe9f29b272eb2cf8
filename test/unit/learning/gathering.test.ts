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

function begin(): {
  pending: Pending
  gathering: Gathering
  clock: { ms: number }
  add: (seq: number) => void
} {
  const clock = { ms: 0 }
  const pending = new Pending([], 0)
  const gathering = new Gathering(pending, () => clock.ms)
  const add = (seq: number): void => {
    pending.add(drawing(seq), clock.ms)
    gathering.changed()
  }
  return { pending, gathering, clock, add }
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
    const { drawings } = pending.take(9, gathering.allowed(when))
    clock.ms = 130_000
    add(3)
    gathering.taken(drawings.length)
    expect(gathering.left(when)).toEqual({ kind: 'time', ms: 120_000 })
  })

  test('[LEARN-44] at a press, what waited then and not what comes while it is learned from', () => {
    const { pending, gathering, add } = begin()
    const when = { kind: 'button' } as const
    for (const seq of [1, 2, 3]) add(seq)
    expect(gathering.left(when)).toEqual({ kind: 'button' })
    gathering.release()
    expect(gathering.left(when)).toBeNull()
    gathering.taken(pending.take(2, gathering.allowed(when)).drawings.length)
    add(4)
    expect(gathering.left(when)).toBeNull()
    const { drawings } = pending.take(9, gathering.allowed(when))
    expect(drawings.map(({ seq }) => seq)).toEqual([3])
    gathering.taken(drawings.length)
    expect(gathering.left(when)).toEqual({ kind: 'button' })
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
    gathering.changed()
    add(2)
    expect(gathering.left({ kind: 'button' })).toEqual({ kind: 'button' })
  })
})
