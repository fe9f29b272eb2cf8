import { rm } from 'node:fs/promises'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserIsHere, openBrowser } from '../support/browser.ts'
import { freePort, startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { HomePage } from './page/home-page.ts'
import { RoomPage } from './page/room-page.ts'

const PATIENCE = 20_000

describe.skipIf(!browserIsHere())('a browser whose server is away', { timeout: 120_000 }, () => {
  const dataDir = temporaryFolder()
  let browser: Browser
  let server: BuiltServer
  let port: string

  const start = (): Promise<BuiltServer> => startBuilt(dataDir, { PORT: port })
  beforeAll(async () => {
    port = String(await freePort())
    server = await start()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  async function somebody(): Promise<BrowserContext> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    context.setDefaultTimeout(PATIENCE)
    context.on('page', (page) => {
      page.on('pageerror', (error) => {
        throw error
      })
    })
    return context
  }

  it('[E2E-OFF-1] strokes and a label given while it is away outlive the page, arrive once it is back, and others see them', async () => {
    const home = await HomePage.open(await (await somebody()).newPage(), server.url)
    const teacher = await home.startRoom('Ms Okafor')
    await teacher.live()
    const device = await somebody()
    const mia = await RoomPage.join(await device.newPage(), server.url, await teacher.code(), 'Mia')
    await mia.live()
    await mia.pad.drawLine(across(200))
    await mia.saved()

    await server.stop('SIGKILL')
    await mia.page.locator('.pad[data-status="offline"]').waitFor()
    await mia.pad.drawLine(across(400))
    await mia.page.locator('.saved', { hasText: 'kept here' }).waitFor()
    await mia.pile('2').click()
    await mia.page.locator('.saved', { hasText: 'sending 1 label' }).waitFor()
    await mia.pad.drawLine(across(700))
    await mia.pad.inked(512, 700, true)
    const address = mia.page.url()
    // Nothing is on the page alone, so that leaving it asks nothing.
    await mia.page.close({ runBeforeUnload: true })
    await expect.poll(() => device.pages().length).toBe(0)

    server = await start()
    await teacher.live()
    const again = await device.newPage()
    await again.goto(address)
    const back = await RoomPage.arrived(again)
    await back.live()
    await Promise.all([back, teacher].map((room) => room.piled('2', 1)))
    await back.pad.inked(512, 700, true)
    await back.pad.inked(512, 400, false)
    await back.saved()
    await teacher.tile('Mia').click()
    await teacher.live()
    await teacher.pad.inked(512, 700, true)
    await teacher.pad.inked(512, 400, false)
    await back.pad.drawLine(across(900))
    await teacher.pad.inked(512, 900, true)
  })

  it('[E2E-OFF-2] a pad whose part of the page could not be fetched says so, and comes by itself once it can be', async () => {
    const page = await (await somebody()).newPage()
    const home = await HomePage.open(page, server.url)
    await page.route(/canvas-link/, (route) => route.abort())
    const teacher = await home.startRoom('Ms Okafor')
    await page.locator('.pad[data-status="failed"]').waitFor()
    await page.unroute(/canvas-link/)
    await teacher.live()
    await teacher.pad.drawLine(across(500))
    await teacher.saved()
  })
})

/** A level line over the middle of the page, at a height in page pixels. */
function across(y: number): { x: number; y: number }[] {
  return [256, 400, 512, 640, 768].map((x) => ({ x, y }))
}
