import { describe, expect, it } from 'vitest'
import { browserIsHere } from '../support/browser.ts'
import { freePort } from '../support/built-server.ts'
import { loadDigits, loadSketches, type FixtureDrawing } from '../support/fixtures.ts'
import { HomePage } from './page/home-page.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'

const digits = loadDigits()
const sketches = loadSketches()
const port = await freePort()

describe.skipIf(!browserIsHere())('a room in the browser', { timeout: 120_000 }, () => {
  const here = site({
    env: { PORT: String(port), HOST: '0.0.0.0', PUBLIC_URL: `http://class.test:${port}` },
    hosts: ['class.test'],
  })

  it('[E2E-HOME-1] guesses a digit on the home page with no account and no set-up', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const three = nth(digits, '3', 2)
    await home.pad.draw(three)
    await home.guess('3')
  })

  it('[E2E-ROOM-1] two editors and a viewer share a room, label, watch it learn, and go on after a restart', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    await teacher.live()
    const code = await teacher.code()
    expect(code).toMatch(/^[A-Z]{6}$/)

    const mia = await RoomPage.join(await here.somebody(), here.url, code, 'Mia')
    await mia.live()
    await teacher.tile('Mia').waitFor()

    const viewerCode = await teacher.viewerCode()
    const watcher = await RoomPage.join(await here.somebody(), here.url, viewerCode, 'Noor')
    await watcher.tile('Mia').waitFor()
    expect(await watcher.tile('Noor').count()).toBe(0)

    await mia.pad.draw(nth(digits, '7', 1))
    await mia.guess('7')
    await teacher.tile('Mia').locator('.g', { hasText: '7' }).waitFor()
    await watcher.tile('Mia').locator('.g', { hasText: '7' }).waitFor()

    await mia.page.keyboard.press('Enter')
    await Promise.all([mia, teacher, watcher].map((room) => room.piled('7', 1)))

    await teacher.pad.draw(nth(digits, '4', 3))
    await teacher.pile('4').click()
    await Promise.all([mia, teacher, watcher].map((room) => room.piled('4', 1)))

    await mia.pad.draw(nth(digits, '2', 3))
    await mia.saved()
    expect(await here.restart()).toBe(0)
    await Promise.all([mia, teacher].map((room) => room.live()))
    await Promise.all([mia, teacher, watcher].map((room) => room.piled('7', 1)))
    await mia.pile('2').click()
    await Promise.all([mia, teacher, watcher].map((room) => room.piled('2', 1)))
  })

  it('[E2E-ROOM-2] an empty room learns sketches from its labels, over plain http by name', async () => {
    const address = `http://class.test:${port}`
    const home = await HomePage.open(await here.somebody(), address)
    const room = await home.startOwn('Leo', ['star', 'fish'])
    await room.live()
    expect(await room.page.evaluate('globalThis.isSecureContext')).toBe(false)
    for (let i = 0; i < 4; i++) {
      for (const name of ['star', 'fish']) {
        await room.pad.draw(nth(sketches, name, i))
        await room.pile(name).click()
        await room.piled(name, i + 1)
      }
    }
    await room.pad.draw(nth(sketches, 'fish', 6))
    await room.guess('fish')
  })

  it('[E2E-ROOM-3] two people draw on one page at once, and my undo takes back my stroke alone', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    await teacher.live()
    const mia = await RoomPage.join(await here.somebody(), here.url, await teacher.code(), 'Mia')
    await mia.live()
    await teacher.tile('Mia').click()
    await teacher.page.getByRole('heading', { name: 'Mia’s page' }).waitFor()
    await teacher.live()

    await mia.pad.drawLine(across(300))
    await mia.saved()
    await teacher.pad.drawLine(across(700))
    for (const room of [mia, teacher]) {
      await room.pad.inked(500, 300, true)
      await room.pad.inked(500, 700, true)
    }
    await mia.page.getByRole('button', { name: 'Undo' }).click()
    for (const room of [mia, teacher]) {
      await room.pad.inked(500, 300, false)
      await room.pad.inked(500, 700, true)
    }
  })

  it('[E2E-DRAW-1] the ink lies under the pointer at twice the pixel ratio and on a phone', async () => {
    for (const options of [
      { deviceScaleFactor: 2 },
      { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 },
    ]) {
      const home = await HomePage.open(await here.somebody(options), here.url)
      await home.pad.surface.scrollIntoViewIfNeeded()
      await home.pad.drawLine(across(512))
      await home.page.locator('.guess .pct').waitFor()
      await home.pad.inked(380, 512, true)
      await home.pad.inked(380, 560, false)
    }
  })

  it('[E2E-DRAW-2] a finger draws, and the page does not scroll under it', async () => {
    const home = await HomePage.open(
      await here.somebody({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }),
      here.url,
    )
    const box = await home.pad.surface.boundingBox()
    if (box === null) throw new Error('the pad is not on the page')
    const session = await home.page.context().newCDPSession(home.page)
    const x = box.x + box.width / 2
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', y: number): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    await touch('touchStart', box.y + 40)
    for (let step = 1; step <= 10; step++)
      await touch('touchMove', box.y + 40 + (step * (box.height - 80)) / 10)
    await touch('touchEnd', 0)
    await home.guess('1')
    expect(await home.page.evaluate('globalThis.scrollY')).toBe(0)
  })
})

function nth(drawings: readonly FixtureDrawing[], label: string, index: number): FixtureDrawing {
  const drawing = drawings.filter((one) => one.label === label)[index]
  if (drawing === undefined) throw new Error(`no drawing ${index} of ${label}`)
  return drawing
}

/** A level line over the middle of the page, at a height in page pixels. */
function across(y: number): { x: number; y: number }[] {
  return [256, 400, 512, 640, 768].map((x) => ({ x, y }))
}
