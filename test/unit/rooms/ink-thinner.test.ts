import { expect, it } from 'vitest'
import { InkBatch, inkEntry, wholeTails } from '../../../server/rooms/ink-batch.ts'
import { InkThinner, TILE_POINT_DISTANCE } from '../../../server/rooms/ink-thinner.ts'
import {
  decodeInkParts,
  decodeRoomInk,
  encodeInk,
  encodeRoomInk,
  GHOST_LIFE_MS,
  joinRoomInk,
  type InkTail,
} from '../../../shared/protocol/ink.ts'

function tail(strokeId: string, xs: number[], start = 0, canvasId = 'c1'): InkTail {
  return {
    kind: 'tail',
    canvasId,
    pageId: 'p1',
    strokeId,
    start,
    xs: Float32Array.from(xs),
    ys: Float32Array.from(xs, () => 7),
  }
}
const every = (step: number, from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step)

it('[TILE-2] a thinned tail keeps points that lie apart, counts those alone and repeats two', () => {
  const thinner = new InkThinner()
  const first = thinner.thin(tail('s1', every(4, 0, 10)), 'u', 0)
  expect([...(first?.xs ?? [])]).toEqual([0, 12, 24, 36])
  expect(first?.start).toBe(0)
  // Eight points come again, two are new; the next one kept is 12 px on.
  expect(thinner.thin(tail('s1', every(4, 8, 10), 2), 'u', 1)).toBeNull()
  const second = thinner.thin(tail('s1', every(4, 40, 10), 10), 'u', 2)
  expect(second?.start).toBe(2)
  expect([...(second?.xs ?? [])]).toEqual([24, 36, 48, 60, 72])
  const shown = [...(first?.xs ?? []).slice(0, second?.start), ...(second?.xs ?? [])]
  for (const [i, x] of shown.slice(1).entries())
    expect(x - (shown[i] ?? 0)).toBeGreaterThanOrEqual(TILE_POINT_DISTANCE)
})

it('[TILE-2] strokes of different people do not mix, and those that nobody continues are forgotten', () => {
  const thinner = new InkThinner()
  thinner.thin(tail('s1', [0, 50]), 'ada', 0)
  expect(thinner.thin(tail('s1', [500]), 'ben', 0)?.start).toBe(0)
  expect(thinner.values(0)).toHaveLength(2)
  thinner.end('s1', 'ada')
  expect(thinner.values(0).map(({ userId }) => userId)).toEqual(['ben'])
  thinner.thin(tail('s2', [0]), 'ada', GHOST_LIFE_MS)
  expect(thinner.values(GHOST_LIFE_MS).map(({ strokeId }) => strokeId)).toEqual(['s2'])
})

it('[TILE-3] a stroke goes out whole in tails of at most 512 points', () => {
  const xs = every(1, 0, 1_100)
  const entries = wholeTails({ canvasId: 'c1', pageId: 'p1', strokeId: 's1', userId: 'u', xs, ys: xs })
  const told = decodeRoomInk(joinRoomInk(entries)).map(({ message }) =>
    message.kind === 'tail' ? [message.start, message.xs.length] : [],
  )
  expect(told).toEqual([
    [0, 512],
    [512, 512],
    [1_024, 76],
  ])
})

it('[TILE-5] the bytes of a client go out as they came, and each audience gets its part', () => {
  const messages = [
    tail('s1', [1, 2, 3]),
    tail('s2', [4], 0, 'c2'),
    { kind: 'ended', canvasId: 'c1', strokeId: 's1' } as const,
    { kind: 'cursor', canvasId: 'c2', x: 5, y: 6 } as const,
  ]
  const parts = decodeInkParts(encodeInk(messages))
  const entries = parts.map(({ message, bytes }) => ({ userId: 'u', canvasId: message.canvasId, bytes }))
  const room = messages.map((message) => ({ userId: 'u', message }))
  expect(joinRoomInk(entries)).toEqual(encodeRoomInk(room))
  const batch = new InkBatch(entries, [inkEntry('u', tail('s1', [1]))])
  const shown = (bytes: Uint8Array | null): string[] =>
    bytes ? decodeRoomInk(bytes).map(({ message }) => `${message.kind} ${message.canvasId}`) : []
  expect(shown(batch.all())).toHaveLength(4)
  expect(shown(batch.of('c2'))).toEqual(['tail c2', 'cursor c2'])
  expect(batch.of('c3')).toBeNull()
  expect(shown(batch.tiles(new Set(['c1', 'c2'])))).toEqual(['tail c1'])
  expect(batch.tiles(new Set(['c2']))).toBeNull()
})
