import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CURSOR_LIFE_MS, FINISHED_MS, GhostInk } from '../../../client/features/draw/ghost-ink.ts'
import { InkSender } from '../../../client/features/draw/ink-sender.ts'
import { tailsOf } from '../../../client/features/draw/ink-tails.ts'
import { StrokeBuilder } from '../../../client/features/draw/stroke-builder.ts'
import {
  decodeInk,
  encodeInk,
  GHOST_LIFE_MS,
  INK_TICK_MS,
  MAX_TAIL_POINTS,
  TAIL_OVERLAP,
  type InkMessage,
  type RoomInk,
} from '../../../shared/protocol/ink.ts'

const strokeOf = (count: number, id = 's1'): StrokeBuilder => {
  const stroke = new StrokeBuilder(id, { x: 0, y: 0, time: 0, pressure: null })
  for (let i = 1; i < count; i++) stroke.add({ x: (i * 3) % 1_000, y: i % 700, time: i, pressure: null })
  return stroke
}
const from = (userId: string, messages: readonly InkMessage[]): RoomInk[] =>
  messages.map((message) => ({ userId, message }))
const ghostInk = (): GhostInk => new GhostInk({ canvasId: 'c1', selfId: 'me' })
const pointsOf = (ink: GhostInk, id = 's1'): number => ink.ghostsOn('p1').get(id)?.xs.length ?? 0

describe('tails', () => {
  it('[NET-1] repeat the last points of the tail before, and are cut at the most points a tail may have', () => {
    const stroke = strokeOf(1_300)
    const tails = tailsOf(stroke, 100, 'c1', 'p1')
    expect(tails.map(({ start, xs }) => [start, xs.length])).toEqual([
      [100 - TAIL_OVERLAP, MAX_TAIL_POINTS],
      [100 - TAIL_OVERLAP + MAX_TAIL_POINTS, MAX_TAIL_POINTS],
      [100 - TAIL_OVERLAP + 2 * MAX_TAIL_POINTS, 1_300 - 100 + TAIL_OVERLAP - 2 * MAX_TAIL_POINTS],
    ])
    expect(decodeInk(encodeInk(tails))).toEqual(tails)
  })

  it.each([1, 2, 3])('[NET-2] one lost packet of every few leaves no gap in the ghost (seed %i)', (seed) => {
    const random = xoroshiro128plus(seed)
    const ink = ghostInk()
    const stroke = strokeOf(400)
    let sent = 0
    let lostBefore = false
    while (sent < stroke.count) {
      const count = Math.min(stroke.count, sent + uniformInt(random, 1, TAIL_OVERLAP))
      const soFar = { id: stroke.id, count, xs: stroke.xs, ys: stroke.ys }
      const lost: boolean = !lostBefore && count < stroke.count && uniformInt(random, 0, 3) === 0
      if (!lost) ink.receive(from('mia', tailsOf(soFar, sent, 'c1', 'p1')), 0)
      lostBefore = lost
      sent = count
    }
    const ghost = ink.ghostsOn('p1').get('s1')
    expect(ghost?.xs).toEqual([...stroke.toStroke().xs])
    expect(ghost?.ys).toEqual([...stroke.toStroke().ys])
  })
})

describe('others’ ink in progress', () => {
  it('[NET-3] ignores my own ink and that of other canvases', () => {
    const ink = ghostInk()
    expect(ink.receive(from('me', tailsOf(strokeOf(9), 0, 'c1', 'p1')), 0)).toBe(false)
    expect(ink.receive(from('mia', tailsOf(strokeOf(9), 0, 'c2', 'p1')), 0)).toBe(false)
    expect(ink.ghostsOn('p1').size).toBe(0)
  })

  it('[NET-4] a ghost goes when its stroke is committed, and late tails do not bring it back', () => {
    const ink = ghostInk()
    ink.receive(from('mia', tailsOf(strokeOf(9), 0, 'c1', 'p1')), 0)
    expect(ink.finish('s1', 10)).toBe('mia')
    ink.receive(from('mia', tailsOf(strokeOf(20), 0, 'c1', 'p1')), FINISHED_MS - 1)
    expect(pointsOf(ink)).toBe(0)
    expect(ink.finish('s1', 20)).toBe('mia')
  })

  it('[NET-5] a ghost that is neither continued nor committed expires, as does a resting cursor', () => {
    const ink = ghostInk()
    ink.receive(from('mia', tailsOf(strokeOf(9), 0, 'c1', 'p1')), 0)
    ink.receive(from('mia', [{ kind: 'cursor', canvasId: 'c1', x: 4, y: 5 }]), 0)
    expect(ink.sweep(CURSOR_LIFE_MS)).toBe(false)
    expect(ink.cursors()).toHaveLength(1)
    expect(ink.sweep(CURSOR_LIFE_MS + 1)).toBe(true)
    expect(ink.cursors()).toHaveLength(0)
    expect(pointsOf(ink)).toBe(9)
    ink.sweep(GHOST_LIFE_MS + 1)
    expect(pointsOf(ink)).toBe(0)
    expect(ink.idle).toBe(true)
  })

  it('[NET-6] nobody can go on with another person’s stroke', () => {
    const ink = ghostInk()
    ink.receive(from('mia', tailsOf(strokeOf(9), 0, 'c1', 'p1')), 0)
    ink.receive(from('leo', tailsOf(strokeOf(30), 0, 'c1', 'p1')), 0)
    expect(pointsOf(ink)).toBe(9)
  })
})

describe('my ink in progress', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function sender(page: () => string) {
    const sent: InkMessage[][] = []
    return { sent, ink: new InkSender({ canvasId: 'c1', pageId: page, send: (m) => sent.push([...m]) }) }
  }
  const grow = (stroke: StrokeBuilder, x: number) => stroke.add({ x, y: 500, time: x, pressure: null })

  it('[NET-7] goes out at once after a pause, then once a tick, and the rest when the pen is lifted', () => {
    const { sent, ink } = sender(() => 'p1')
    const stroke = strokeOf(1)
    ink.drawn(stroke)
    expect(sent).toHaveLength(1)
    for (const x of [10, 20, 30]) {
      grow(stroke, x)
      ink.drawn(stroke)
    }
    expect(sent).toHaveLength(1)
    vi.advanceTimersByTime(INK_TICK_MS)
    expect(sent).toHaveLength(2)
    grow(stroke, 40)
    ink.ended(stroke)
    expect(sent).toHaveLength(3)
    vi.advanceTimersByTime(10 * INK_TICK_MS)
    expect(sent).toHaveLength(3)
  })

  it('[NET-8] a stroke whose page is turned under the pen is told anew, whole, for the page it lands on', () => {
    let page = 'p1'
    const { sent, ink } = sender(() => page)
    const stroke = strokeOf(40)
    ink.drawn(stroke)
    page = 'p2'
    grow(stroke, 900)
    ink.ended(stroke)
    expect(sent.at(-1)).toMatchObject([{ pageId: 'p2', start: 0 }])
  })

  it('[NET-9] cursors go out at most ten times a second, the newest of them', () => {
    const { sent, ink } = sender(() => 'p1')
    for (let i = 0; i < 100; i++) {
      ink.moved(i, i)
      vi.advanceTimersByTime(10)
    }
    expect(sent.length).toBeGreaterThanOrEqual(9)
    expect(sent.length).toBeLessThanOrEqual(11)
    vi.advanceTimersByTime(200)
    expect(sent.at(-1)).toMatchObject([{ kind: 'cursor', x: 99 }])
    ink.close()
  })

  it('[NET-7] tells the others of a stroke that was given up', () => {
    const { sent, ink } = sender(() => 'p1')
    const stroke = strokeOf(3)
    ink.drawn(stroke)
    ink.cancelled(stroke)
    expect(sent.at(-1)).toEqual([{ kind: 'ended', canvasId: 'c1', strokeId: 's1' }])
    ink.close()
  })
})
