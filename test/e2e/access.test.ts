import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { browserIsHere } from '../support/browser.ts'
import { loadDigits } from '../support/fixtures.ts'
import { faultsInBothThemes } from './page/axe.ts'
import { HomePage } from './page/home-page.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'

const seven = loadDigits().filter(({ label }) => label === '7')[1]

/** Presses Tab until the focus is on something that `selector` matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
  }
  throw new Error(`Tab does not come to ${selector}`)
}

describe.skipIf(!browserIsHere())('a room for everyone', { timeout: 120_000 }, () => {
  const here = site({ bypassCSP: true })

  it('[A11Y-1] axe finds nothing on home, join, the room and its dialogs, light or dark', async () => {
    const page = await here.somebody()
    const home = await HomePage.open(page, here.url)
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.goto(`${here.url}/join`)
    await page.locator('h1').waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.goto(`${here.url}/join/ABCDEF`)
    await page.locator('form').waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])

    await page.goto(here.url)
    await page.locator('.pad[data-status="live"]').waitFor()
    const room = await home.startRoom('Ms Okafor')
    await room.live()
    if (seven) await room.pad.draw(seven)
    await room.guess('7')
    expect(await faultsInBothThemes(page)).toEqual([])
    for (const name of [/share this room/i, /learning sheet/i, 'classes', /show who/, 'Wrong?']) {
      await page
        .getByRole('button', { name, exact: typeof name === 'string' })
        .first()
        .click()
      await page.getByRole('dialog').waitFor()
      expect(await faultsInBothThemes(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
  })

  it('[A11Y-2] somebody joins, opens a sheet, and labels without a mouse but for the drawing', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    const code = await teacher.code()

    const page = await here.somebody()
    await page.goto(`${here.url}/join/${code}`)
    await page.locator('form').waitFor()
    await page.keyboard.type('Mia')
    await page.keyboard.press('Enter')
    const mia = await RoomPage.arrived(page)
    await mia.live()
    await tabTo(page, '.strip .go')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate<boolean>(`document.activeElement.matches('.strip .go')`)).toBe(true)
    if (seven) await mia.pad.draw(seven)
    await mia.guess('7')
    await page.keyboard.press('1')
    await Promise.all([mia.piled('1', 1), teacher.piled('1', 1)])
  })

  it('[E2E-LABEL-1] a label given offline is kept, said so, and counts once when the network is back', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const room = await home.startRoom('Ms Okafor')
    await room.live()
    const { page } = room
    if (seven) await room.pad.draw(seven)
    await room.guess('7')
    await room.saved()
    await page.context().setOffline(true)
    await page.locator('.states .banner').waitFor()
    await room.pile('7').click()
    await page.locator('.toast', { hasText: 'kept here' }).waitFor()
    await page.locator('.saved', { hasText: 'sending 1 label' }).waitFor()
    await page.context().setOffline(false)
    await room.piled('7', 1)
    await page.locator('.toast', { hasText: 'on the pile: 1' }).waitFor()
    await room.live()
    expect(await page.locator('.states .banner').count()).toBe(0)
  })
})
