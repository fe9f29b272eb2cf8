import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_POINTS_PER_STROKE } from '../../../shared/canvas/limits.ts'
import {
  decodeInk,
  decodeRoomInk,
  encodeInk,
  encodeRoomInk,
  InkError,
  MAX_TAIL_POINTS,
  type InkMessage,
  type RoomInk,
} from '../../../shared/protocol/ink.ts'

const id = fc.stringMatching(/^[0-9a-z]{1,32}$/)
const pixel = fc.integer({ min: -8_192, max: 16_384 }).map((step) => step / 8)
const tail = fc
  .record({
    canvasId: id,
    pageId: id,
    strokeId: id,
    start: fc.nat({ max: MAX_POINTS_PER_STROKE }),
    points: fc.array(fc.tuple(pixel, pixel), { maxLength: 60 }),
  })
  .map(({ points, ...rest }): InkMessage => ({
    kind: 'tail',
    ...rest,
    xs: Float32Array.from(points, ([x]) => x),
    ys: Float32Array.from(points, ([, y]) => y),
  }))
const cursor = fc.record({ kind: fc.constant('cursor' as const), canvasId: id, x: pixel, y: pixel })
const ended = fc.record({ kind: fc.constant('ended' as const), canvasId: id, strokeId: id })
const messages = fc.array(fc.oneof(tail, cursor, ended), { maxLength: 12 })
const batch = fc.array(fc.record({ userId: id, message: fc.oneof(tail, cursor, ended) }), { maxLength: 12 })

describe('ink packets', () => {
  it('[CODEC-5] client packets and room batches survive a round trip', () => {
    fc.assert(
      fc.property(messages, (original) => {
        expect(decodeInk(encodeInk(original))).toEqual(original)
      }),
      { seed: 7 },
    )
    fc.assert(
      fc.property(batch, (original: RoomInk[]) => {
        expect(decodeRoomInk(encodeRoomInk(original))).toEqual(original)
      }),
      { seed: 8 },
    )
  })

  it('[CODEC-6] garbage and altered packets are an InkError or messages within all limits', () => {
    const altered = fc
      .tuple(
        messages,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
        fc.nat(),
      )
      .map(([original, changes, cut]) => {
        const bytes = encodeInk(original)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        return cut % 3 === 0 ? bytes.slice(0, cut % bytes.length) : bytes
      })
    fc.assert(
      fc.property(fc.oneof(altered, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        expectHonest(() => decodeInk(bytes))
        expectHonest(() => decodeRoomInk(bytes).map(({ message }) => message))
      }),
      { seed: 9, numRuns: 3_000 },
    )
  })

  it('[CODEC-6] bytes after the end are refused in both forms', () => {
    const message = { kind: 'ended', canvasId: 'a', strokeId: 'b' } as const
    expect(() => decodeInk(Uint8Array.of(...encodeInk([message]), 0))).toThrow(InkError)
    const room = encodeRoomInk([{ userId: 'u', message }])
    expect(() => decodeRoomInk(Uint8Array.of(...room, 0))).toThrow(InkError)
  })

  it('[CODEC-7] a packet that announces more than the limits is refused before it is read', () => {
    expect(() => decodeInk(Uint8Array.of(65))).toThrow(/too many messages/)
    const long = {
      kind: 'tail',
      canvasId: 'a',
      pageId: 'b',
      strokeId: 'c',
      start: 0,
      xs: new Float32Array(MAX_TAIL_POINTS + 1),
      ys: new Float32Array(MAX_TAIL_POINTS + 1),
    } as const
    expect(() => decodeInk(encodeInk([long]))).toThrow(/too many points/)
  })
})

function expectHonest(read: () => InkMessage[]): void {
  let decoded: InkMessage[]
  try {
    decoded = read()
  } catch (error) {
    expect(error).toBeInstanceOf(InkError)
    return
  }
  for (const message of decoded) {
    expect(message.canvasId).toMatch(/^[0-9a-z]{1,32}$/)
    if (message.kind === 'tail') {
      expect(message.start).toBeLessThanOrEqual(MAX_POINTS_PER_STROKE)
      expect(message.xs.length).toBeLessThanOrEqual(MAX_TAIL_POINTS)
      expect(message.ys).toHaveLength(message.xs.length)
    }
  }
}
