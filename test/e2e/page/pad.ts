import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import type { FixtureDrawing } from '../../support/fixtures.ts'

/** The pad of a page, drawn on with the mouse as a hand would. */
export class Pad {
  readonly surface: Locator
  constructor(readonly page: Page) {
    this.surface = page.locator('.pad')
  }

  /** Waits until the committed ink covers a point of the page, given in page pixels, or does not. */
  async inked(x: number, y: number, covered: boolean): Promise<void> {
    const look = `(() => {
      const canvas = document.querySelector('.pad canvas')
      const at = (part, size) => Math.round((part / ${PAGE_SIZE}) * size)
      return canvas.getContext('2d').getImageData(at(${x}, canvas.width), at(${y}, canvas.height), 1, 1).data[3] > 128
    })()`
    await expect.poll(() => this.page.evaluate(look), { timeout: 10_000 }).toBe(covered)
  }

  async draw(drawing: FixtureDrawing): Promise<void> {
    for (const { xs, ys } of drawing.strokes) {
      const points = [...xs].map((x, i) => ({ x, y: ys[i] ?? 0 }))
      await this.drawLine(points)
    }
  }

  /** Draws one stroke through points in page pixels. */
  async drawLine(points: readonly { x: number; y: number }[]): Promise<void> {
    const box = await this.surface.boundingBox()
    if (box === null) throw new Error('the pad is not on the page')
    const at = ({ x, y }: { x: number; y: number }): [number, number] => [
      box.x + (x / PAGE_SIZE) * box.width,
      box.y + (y / PAGE_SIZE) * box.height,
    ]
    const [first, ...rest] = points
    if (first === undefined) return
    await this.page.mouse.move(...at(first))
    await this.page.mouse.down()
    for (const point of rest) await this.page.mouse.move(...at(point))
    await this.page.mouse.up()
  }
}
