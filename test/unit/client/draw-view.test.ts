import { describe, expect, it } from 'vitest'
import {
  canvasMatrix,
  FITTED,
  panBy,
  toPage,
  toShare,
  zoomAt,
} from '../../../client/features/draw/view-transform.ts'

const views = [FITTED, { zoom: 2.5, x: 100, y: 240 }, { zoom: 0.5, x: -512, y: -512 }]

/** A pad of 600 CSS pixels at 100%, as a browser shows it at another zoom: the window holds fewer CSS pixels. */
function boxAt(zoomPercent: number): { left: number; top: number; width: number; height: number } {
  const share = 100 / zoomPercent
  return { left: 37.5 * share, top: 120.25 * share, width: 600 * share, height: 600 * share }
}

describe('the point under the pointer', () => {
  it.each([50, 67, 80, 90, 100, 110, 125, 150, 175, 200, 250, 300])(
    '[DRAW-1] is exactly under it at a browser zoom of %i% and every pixel ratio',
    (percent) => {
      const box = boxAt(percent)
      for (const view of views) {
        for (const screenRatio of [1, 1.25, 1.5, 2, 3]) {
          const pixelRatio = (screenRatio * percent) / 100
          const width = Math.round(box.width * pixelRatio)
          const height = Math.round(box.height * pixelRatio)
          for (const [shareX, shareY] of [
            [0, 0],
            [1, 1],
            [0.31, 0.77],
          ] as const) {
            const client = { x: box.left + shareX * box.width, y: box.top + shareY * box.height }
            const page = toPage(client.x, client.y, box, view)
            const [a, , , d, e, f] = canvasMatrix(view, width, height)
            const drawnAt = { x: (a * page.x + e) / pixelRatio, y: (d * page.y + f) / pixelRatio }
            expect(Math.abs(drawnAt.x + box.left - client.x) * pixelRatio).toBeLessThanOrEqual(0.5)
            expect(Math.abs(drawnAt.y + box.top - client.y) * pixelRatio).toBeLessThanOrEqual(0.5)
          }
        }
      }
    },
  )

  it('[DRAW-1] maps the corners of a fitted pad to the corners of the page', () => {
    const box = boxAt(100)
    expect(toPage(box.left, box.top, box, FITTED)).toEqual({ x: 0, y: 0 })
    expect(toPage(box.left + 600, box.top + 600, box, FITTED)).toEqual({ x: 1024, y: 1024 })
  })
})

describe('zoom and pan', () => {
  it('[DRAW-2] a zoom keeps the page pixel under the pointer where it is', () => {
    const before = { zoom: 1.5, x: 200, y: 120 }
    const held = { x: 0.4, y: 0.6 }
    const page = toPage(held.x, held.y, { left: 0, top: 0, width: 1, height: 1 }, before)
    const after = zoomAt(before, 2, held.x, held.y)
    expect(after.zoom).toBe(3)
    expect(toShare(page.x, page.y, after).x).toBeCloseTo(held.x, 9)
    expect(toShare(page.x, page.y, after).y).toBeCloseTo(held.y, 9)
  })

  it('[DRAW-2] the page cannot be moved out of sight, however it is zoomed', () => {
    const far = panBy({ zoom: 2, x: 0, y: 0 }, -50, 50)
    expect(far).toEqual({ zoom: 2, x: 512, y: 0 })
    expect(zoomAt(FITTED, 0.01, 0, 0)).toEqual({ zoom: 0.5, x: -512, y: -512 })
    expect(zoomAt(FITTED, 1_000, 0.5, 0.5).zoom).toBe(8)
  })
})
