import { describe, expect, it } from 'vitest'
import { browserIsHere } from '../support/browser.ts'
import { HomePage } from './page/home-page.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'

describe.skipIf(!browserIsHere())('changing what is drawn', { timeout: 120_000 }, () => {
  const here = site()

  it('[E2E-EDIT-1] rubs out a part, moves, duplicates, deletes and takes it all back while somebody watches', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    await teacher.live()
    const mia = await RoomPage.join(await here.somebody(), here.url, await teacher.code(), 'Mia')
    await mia.live()
    await teacher.tile('Mia').click()
    await teacher.page.getByRole('heading', { name: 'Mia’s page' }).waitFor()
    await teacher.live()
    const { keyboard } = mia.page
    async function shows(...points: [number, number, boolean][]): Promise<void> {
      for (const room of [mia, teacher]) for (const point of points) await room.pad.inked(...point)
    }

    await mia.pad.drawLine(across(300))
    await teacher.pad.drawLine(across(800))
    await shows([500, 300, true], [500, 800, true])

    await keyboard.press('e')
    await mia.page.getByText('Just where I rub').click()
    await mia.pad.drawLine([
      { x: 500, y: 240 },
      { x: 500, y: 360 },
    ])
    await shows([500, 300, false], [250, 300, true], [750, 300, true])

    await keyboard.press('v')
    await mia.pad.drawLine([
      { x: 250, y: 300 },
      { x: 260, y: 400 },
      { x: 250, y: 500 },
    ])
    await shows([250, 300, false], [250, 500, true], [750, 500, true], [500, 500, false])

    await keyboard.press('Control+d')
    await shows([250, 500, true], [282, 532, true], [782, 532, true])
    await keyboard.press('Escape')
    expect(await mia.page.getByRole('group', { name: 'What is selected' }).count()).toBe(0)

    await keyboard.press('Control+z')
    await keyboard.press('Control+z')
    await shows([282, 532, false], [250, 500, false], [250, 300, true], [500, 300, false])
    await keyboard.press('Control+z')
    await shows([500, 300, true], [500, 800, true])

    await mia.pad.drawLine([
      { x: 100, y: 700 },
      { x: 900, y: 900 },
    ])
    await mia.page.getByRole('button', { name: 'Delete' }).click()
    await shows([500, 800, false], [500, 300, true])
    await mia.page.getByRole('button', { name: 'Undo' }).click()
    await shows([500, 800, true])
    await mia.saved()
  })

  it('[E2E-EDIT-2] on a phone the tools stay one row of touch targets, and a finger selects and moves', async () => {
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    const leo = await RoomPage.join(await here.somebody(phone), here.url, await teacher.code(), 'Leo')
    await leo.live()
    await leo.pad.drawLine(across(300))
    await leo.pad.inked(500, 300, true)
    const tools = leo.page.getByRole('toolbar', { name: 'Drawing tools' })
    await tools.getByRole('button', { name: 'Eraser' }).tap()
    await leo.page.getByText('Whole lines').waitFor()
    const boxes = await Promise.all(
      (await tools.getByRole('button').all()).map((button) => button.boundingBox()),
    )
    const shown = boxes.filter((box) => box !== null)
    expect(new Set(shown.map(({ y }) => Math.round(y))).size).toBe(1)
    expect(Math.min(...shown.map(({ width, height }) => Math.min(width, height)))).toBeGreaterThanOrEqual(44)
    expect(Math.max(...shown.map(({ x, width }) => x + width))).toBeLessThanOrEqual(390)

    await tools.getByRole('button', { name: 'Select' }).tap()
    await leo.pad.drawLine([
      { x: 500, y: 300 },
      { x: 500, y: 600 },
    ])
    await leo.pad.inked(500, 600, true)
    await leo.pad.inked(500, 300, false)
    await leo.page.getByRole('button', { name: 'Duplicate' }).tap()
    await leo.pad.inked(532, 632, true)

    // No wall shows here, and yet the guess follows what is rubbed out.
    await leo.page.locator('.guess .pct').waitFor()
    await tools.getByRole('button', { name: 'Eraser' }).tap()
    await leo.pad.drawLine([560, 600, 640, 680].map((y) => ({ x: 540, y })))
    await leo.pad.inked(532, 632, false)
    expect(await leo.page.getByText('Whole lines').count()).toBe(0)
    await leo.guess('draw something')
  })
})

function across(y: number): { x: number; y: number }[] {
  return Array.from({ length: 13 }, (_, i) => ({ x: 200 + i * 50, y }))
}
