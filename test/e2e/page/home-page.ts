import type { Page } from 'playwright-core'
import { Pad } from './pad.ts'
import { RoomPage } from './room-page.ts'

export class HomePage {
  readonly pad: Pad
  constructor(readonly page: Page) {
    this.pad = new Pad(page)
  }

  static async open(page: Page, url: string): Promise<HomePage> {
    await page.goto(url)
    await page.locator('.pad[data-status="live"]').waitFor()
    return new HomePage(page)
  }

  guess(word: string): Promise<void> {
    return this.page.locator('.guess .word', { hasText: new RegExp(`^\\s*${word}\\s*$`) }).waitFor()
  }

  /** Starts a room with what is on the pad. */
  async startRoom(person: string): Promise<RoomPage> {
    await this.page.getByRole('button', { name: 'Start a room' }).first().click()
    await this.page.getByRole('dialog').getByLabel('Your name').fill(person)
    await this.page.getByRole('dialog').locator('button[type="submit"]').click()
    return RoomPage.arrived(this.page)
  }

  /** Starts a room with classes of one's own. */
  async startOwn(person: string, classes: readonly string[]): Promise<RoomPage> {
    await this.page.getByRole('button', { name: 'My own classes' }).click()
    const dialog = this.page.getByRole('dialog')
    for (const [index, name] of classes.entries()) {
      const field = dialog.getByRole('textbox', { name: `Class ${index + 1}`, exact: true })
      if ((await field.count()) === 0) await dialog.getByRole('button', { name: 'One more' }).click()
      await field.fill(name)
    }
    await dialog.getByLabel('Your name').fill(person)
    await dialog.locator('button[type="submit"]').click()
    return RoomPage.arrived(this.page)
  }
}
