import { describe, expect, it } from 'vitest'
import { PointerGate } from '../../../client/features/draw/pointer-gate.ts'

const at = (id: number, type: string, x = 0, y = 0, button = 0) => ({ id, type, button, x, y })

describe('pointers on a pad', () => {
  it('[DRAW-8] one pointer draws at a time', () => {
    const gate = new PointerGate()
    expect(gate.down(at(1, 'mouse'), false)).toBe('draw')
    expect(gate.down(at(2, 'pen'), false)).toBe('ignore')
    expect(gate.draws({ id: 2, x: 0, y: 0 })).toBe(false)
    expect(gate.up(1)).toBe(true)
    expect(gate.down(at(2, 'pen'), false)).toBe('draw')
  })

  it('[DRAW-9] once a pen was seen, a touch draws nothing', () => {
    const gate = new PointerGate()
    expect(gate.down(at(1, 'touch'), false)).toBe('draw')
    gate.up(1)
    gate.down(at(2, 'pen'), false)
    gate.up(2)
    expect(gate.down(at(3, 'touch'), false)).toBe('ignore')
  })

  it('[DRAW-9] a pen takes over from the palm that came down before it', () => {
    const gate = new PointerGate()
    gate.down(at(1, 'touch'), false)
    expect(gate.down(at(2, 'pen'), false)).toBe('draw')
    expect(gate.draws({ id: 1, x: 5, y: 5 })).toBe(false)
    expect(gate.down(at(3, 'touch'), false)).toBe('ignore')
  })

  it('[DRAW-10] two fingers zoom and move the paper, and draw nothing', () => {
    const gate = new PointerGate()
    gate.down(at(1, 'touch', 100, 100), false)
    expect(gate.down(at(2, 'touch', 200, 100), false)).toBe('pinch')
    expect(gate.draws({ id: 1, x: 100, y: 100 })).toBe(false)
    expect(gate.gesture(at(2, 'touch', 300, 100))).toEqual({ factor: 2, x: 100, y: 100, dx: 0, dy: 0 })
    gate.up(2)
    expect(gate.gesture(at(1, 'touch', 120, 100))).toBeNull()
    expect(gate.up(1)).toBe(false)
  })

  it('[DRAW-10] a second finger does not end a stroke that is well under way', () => {
    const gate = new PointerGate()
    gate.down(at(1, 'touch'), false)
    gate.draws({ id: 1, x: 80, y: 0 })
    expect(gate.down(at(2, 'touch', 300, 300), false)).toBe('ignore')
    expect(gate.draws({ id: 1, x: 90, y: 0 })).toBe(true)
  })

  it('[DRAW-11] the hand and the middle button move the paper, other buttons do nothing', () => {
    const gate = new PointerGate()
    expect(gate.down(at(1, 'mouse', 10, 10), true)).toBe('pan')
    expect(gate.gesture(at(1, 'mouse', 25, 4))).toEqual({ factor: 1, x: 25, y: 4, dx: 15, dy: -6 })
    gate.up(1)
    expect(gate.down(at(1, 'mouse', 0, 0, 1), false)).toBe('pan')
    gate.up(1)
    expect(gate.down(at(1, 'mouse', 0, 0, 2), false)).toBe('ignore')
    expect(gate.down(at(2, 'pen', 0, 0, 5), false)).toBe('erase')
  })
})
