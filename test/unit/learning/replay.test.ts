import { describe, expect, test } from 'vitest'
import { MOST_EVALUATED, Replay, type LoggedDrawing } from '../../../server/learning/replay.ts'
import { Pending } from '../../../server/learning/trainer/pending.ts'

const strokes = [{ xs: [0, 1], ys: [0, 1] }]
const drawing = (
  id: string,
  seq: number,
  classId: string | null = 'a',
  split: LoggedDrawing['split'] = 'train',
): LoggedDrawing => ({ id, seq, classId, split, strokes })
const rank = (id: string): number => (Number(id) * 7919) % 1009

describe('the replay', () => {
  test('[LEARN-3] a later entry takes the place of the earlier one of its drawing', () => {
    const replay = new Replay(rank, 100)
    replay.apply(drawing('1', 1))
    replay.apply(drawing('2', 2))
    replay.apply(drawing('1', 3, 'b'))
    expect(replay.trainingOf('a').map(({ id }) => id)).toEqual(['2'])
    expect(replay.trainingOf('b').map(({ id }) => id)).toEqual(['1'])
    replay.apply(drawing('2', 4, null))
    expect(replay.trainingOf('a')).toEqual([])
    expect(replay.get('2')).toBeUndefined()
  })

  test('[LEARN-3] drawings kept aside never train', () => {
    const replay = new Replay(rank, 100)
    replay.apply(drawing('1', 1, 'a', 'validation'))
    replay.apply(drawing('2', 2, 'b', 'test'))
    expect(replay.trainingOf('a')).toEqual([])
    expect(replay.asideOf('validation', ['a']).map(({ id }) => id)).toEqual(['1'])
    expect(replay.asideOf('test', ['a'])).toEqual([])
  })

  test('[LEARN-4] what is kept is bounded and depends on the log alone', () => {
    const log = Array.from({ length: 300 }, (_, index) => drawing(String(index + 1), index + 1))
    const oneByOne = new Replay(rank, 20)
    for (const entry of log) oneByOne.apply(entry)
    const lowered = new Replay(rank, 50)
    for (const entry of log) lowered.apply(entry)
    lowered.keepAtMost(20)
    expect(oneByOne.trainingOf('a')).toHaveLength(20)
    expect(lowered.trainingOf('a')).toEqual(oneByOne.trainingOf('a'))
    const aside = new Replay(rank, 20)
    for (const entry of log) aside.apply({ ...entry, split: 'test' })
    expect(aside.asideOf('test', ['a'])).toHaveLength(MOST_EVALUATED)
  })

  test('[LEARN-4] its order is that of the log, however its entries come', () => {
    const log = [5, 2, 4, 1, 3].map((seq) => drawing(String(seq), seq, 'a', seq === 4 ? 'test' : 'train'))
    const replay = new Replay(rank, 100)
    for (const entry of log) replay.apply(entry)
    expect(replay.trainingOf('a').map(({ seq }) => seq)).toEqual([1, 2, 3, 5])
    replay.apply(drawing('2', 6))
    expect(replay.trainingOf('a').map(({ seq }) => seq)).toEqual([1, 3, 5, 6])
  })

  test('[LEARN-4] of a class that is removed nothing stays, but what is on its way to another one', () => {
    const replay = new Replay(rank, 100)
    replay.apply(drawing('1', 1))
    replay.apply(drawing('2', 2))
    replay.apply(drawing('3', 3, 'a', 'test'))
    replay.apply({ ...drawing('4', 4), strokes: [] })
    replay.apply(drawing('5', 5, 'b'))
    expect(replay.dropClass('a', (id) => id === '2')).toEqual(['1', '3', '4'])
    expect([replay.training, replay.withoutInk]).toEqual([2, 0])
    expect(replay.get('1')).toBeUndefined()
    expect(replay.asideOf('test', ['a', 'b'])).toEqual([])
    replay.apply(drawing('2', 6, 'b'))
    expect(replay.trainingOf('b').map(({ id }) => id)).toEqual(['5', '2'])
  })
})

describe('drawings without ink', () => {
  test.each([
    ['no stroke', []],
    ['no point', [{ xs: [], ys: [] }]],
    ['a point nowhere', [{ xs: [0, NaN], ys: [0, 1] }]],
  ])('[LEARN-45] with %s one is counted and neither trains nor is measured on', (_what, empty) => {
    const replay = new Replay(rank, 100)
    replay.apply({ ...drawing('1', 1), strokes: empty })
    replay.apply({ ...drawing('2', 2, 'a', 'test'), strokes: empty })
    replay.apply(drawing('3', 3))
    expect(replay.withoutInk).toBe(2)
    expect(replay.trainingOf('a').map(({ id }) => id)).toEqual(['3'])
    expect(replay.asideOf('test', ['a'])).toEqual([])
    expect(replay.training).toBe(1)
    replay.apply(drawing('1', 4))
    replay.forget('2')
    expect(replay.withoutInk).toBe(0)
    expect(replay.training).toBe(2)
  })
})

describe('what waits to be learned from', () => {
  test('[LEARN-5] bursts are put together, at most so many that train', () => {
    const pending = new Pending([], 0)
    for (let seq = 1; seq <= 12; seq++)
      pending.add(drawing(String(seq), seq, 'a', seq % 3 === 0 ? 'test' : 'train'), 10 * seq)
    const { drawings, arrivedAt } = pending.take(4)
    expect(drawings.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    expect(arrivedAt).toBe(60)
    expect(pending.size).toBe(6)
  })

  test('[LEARN-5] an entry that is known already changes nothing', () => {
    const pending = new Pending([drawing('1', 4)], 4)
    pending.add(drawing('1', 4), 1)
    pending.add(drawing('1', 3), 1)
    expect(pending.size).toBe(0)
    pending.add(drawing('1', 5, 'b'), 1)
    pending.add(drawing('1', 6, null), 1)
    expect(pending.take(10).drawings).toEqual([drawing('1', 6, null)])
  })

  test('[LEARN-5] of a log, what lies after the position waits', () => {
    const log = [drawing('1', 1), drawing('2', 2), drawing('3', 3)]
    const pending = new Pending(log, 2)
    expect(pending.taken(log).map(({ id }) => id)).toEqual(['1', '2'])
    expect(pending.take(10).drawings.map(({ id }) => id)).toEqual(['3'])
  })
})
