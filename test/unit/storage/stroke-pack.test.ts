import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packStrokes, unpackStrokes } from '../../../server/storage/stroke-pack.ts'
import { StoreError } from '../../../server/storage/store.ts'

const strokes = fc.array(
  fc.record({ id: fc.stringMatching(/^[0-9a-z]{1,32}$/), bytes: fc.uint8Array({ maxLength: 200 }) }),
)

describe('stroke pack', () => {
  it('[STORE-41] packs any strokes losslessly', () => {
    fc.assert(
      fc.property(strokes, (list) => {
        const unpacked = unpackStrokes(packStrokes(list))
        expect(unpacked.map(({ id }) => id)).toEqual(list.map(({ id }) => id))
        expect(unpacked.map(({ bytes }) => [...bytes])).toEqual(list.map(({ bytes }) => [...bytes]))
      }),
      { seed: 41 },
    )
  })

  it('[STORE-41] refuses bytes that are cut short', () => {
    const packed = packStrokes([{ id: 'abc', bytes: Uint8Array.of(1, 2, 3) }])
    for (let length = 0; length < packed.length; length++) {
      expect(() => unpackStrokes(packed.subarray(0, length))).toThrow(StoreError)
    }
  })
})
