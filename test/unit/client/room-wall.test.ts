import { describe, expect, it, vi } from 'vitest'
import { toBase64 } from '../../../shared/canvas/base64.ts'
import { wallColumns } from '../../../client/features/room/wall-columns.ts'
import { restingHand } from '../../../client/net/resting-hand.ts'
import { mayDraw, mayLabel, mayManage } from '../../../client/net/rights.ts'
import { createTileInk, WET_MS } from '../../../client/net/tile-ink.ts'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { GHOST_LIFE_MS, type RoomInk } from '../../../shared/protocol/ink.ts'

const space = { width: 556, height: 600, gap: 12, caption: 56 }

describe('the columns of the wall', () => {
  it('[WALL-1] are the fewest that show every page', () => {
    expect(wallColumns(1, space)).toBe(3)
    expect(wallColumns(12, space)).toBe(4)
    for (const count of [4, 9, 16, 20, 30]) {
      const columns = wallColumns(count, space)
      const side = (space.width - space.gap * (columns - 1)) / columns
      const height = Math.ceil(count / columns) * (side + space.caption + space.gap) - space.gap
      expect(columns === 8 || height <= space.height).toBe(true)
    }
    expect(wallColumns(200, space)).toBe(8)
  })
})

const bytes = (...xs: number[]) =>
  encodeStroke({ at: 1, xs: Float32Array.from(xs), ys: Float32Array.from(xs), pressures: null, times: null })
const tail = (strokeId: string, start: number, ...xs: number[]): RoomInk => ({
  userId: 'mia',
  message: {
    kind: 'tail',
    canvasId: 'c1',
    pageId: 'p1',
    strokeId,
    start,
    xs: Float32Array.from(xs),
    ys: Float32Array.from(xs),
  },
})
const xsOf = (ink: ReturnType<typeof createTileInk>) => ink.strokes('c1').map(({ xs }) => Array.from(xs))

describe('the ink of the tiles', () => {
  it('[WALL-2] grows with overlapping tails and becomes the finished stroke', () => {
    const ink = createTileInk(() => 0)
    const changed = vi.fn()
    ink.onChange(changed)
    ink.setSnapshot({ canvasId: 'c1', pageId: 'p1', strokes: [] })
    ink.ink([tail('s1', 0, 1, 2, 3), tail('s1', 2, 3, 4)])
    expect(xsOf(ink)).toEqual([[1, 2, 3, 4]])
    expect(ink.drawing('c1')).toBe('mia')
    ink.change({
      canvasId: 'c1',
      pageId: 'p1',
      turned: false,
      added: [{ id: 's1', base64: toBase64(bytes(1, 4)) }],
      removed: [],
    })
    ink.ink([tail('s1', 2, 3, 4)])
    expect(xsOf(ink)).toEqual([[1, 4]])
    expect(changed).toHaveBeenCalledTimes(3)
  })

  it('[WALL-2] forgets a stroke that is neither continued nor finished', () => {
    let time = 0
    const ink = createTileInk(() => time)
    ink.ink([tail('s1', 0, 1, 2)])
    time = WET_MS
    ink.expire()
    expect(ink.drawing('c1')).toBeNull()
    expect(xsOf(ink)).toHaveLength(1)
    time = GHOST_LIFE_MS + 1
    ink.expire()
    expect(xsOf(ink)).toHaveLength(0)
  })

  it('[WALL-3] shows the page that is current, and drops bytes that are no stroke', () => {
    const ink = createTileInk(() => 0)
    ink.setSnapshot({ canvasId: 'c1', pageId: 'p1', strokes: [{ id: 's1', base64: toBase64(bytes(1, 2)) }] })
    ink.ink([tail('s2', 0, 5, 6)])
    ink.change({
      canvasId: 'c1',
      pageId: 'p2',
      turned: true,
      added: [
        { id: 's3', base64: toBase64(bytes(7, 8)) },
        { id: 'bad', base64: toBase64(Uint8Array.of(9)) },
      ],
      removed: [],
    })
    expect(xsOf(ink)).toEqual([[7, 8]])
    ink.ink([tail('s2', 2, 6, 7)])
    expect(xsOf(ink)).toEqual([[7, 8]])
  })
})

describe('what the page offers', () => {
  const settings = { editorsMayManage: false, ownCanvasOpenTo: 'all' } as const
  const canvas = { id: 'c1', generation: 0, ownerId: 'mia', name: 'Mia', openTo: 'owner' } as const

  it('[PEOPLE-1] follows role and canvas', () => {
    const mia = { userId: 'mia', role: 'editor', settings } as const
    const leo = { ...mia, userId: 'leo' }
    expect([mayDraw(mia, canvas, restingHand), mayDraw(leo, canvas, restingHand)]).toEqual([true, false])
    expect(mayDraw(leo, { ...canvas, openTo: 'all' }, restingHand)).toBe(true)
    expect(mayLabel(leo, { ...canvas, openTo: 'all' }, false, restingHand)).toBe(false)
    expect(mayLabel(leo, { ...canvas, openTo: 'all' }, true, restingHand)).toBe(true)
    expect(mayLabel({ ...leo, role: 'viewer' }, canvas, true, restingHand)).toBe(false)
    expect(mayManage(leo)).toBe(false)
    expect(mayManage({ ...leo, settings: { ...settings, editorsMayManage: true } })).toBe(true)
    expect(mayManage({ ...leo, role: 'owner' })).toBe(true)
  })
})
