import type { Locator, Page } from 'playwright-core'
import { Pad } from './pad.ts'

export class RoomPage {
  readonly pad: Pad
  private constructor(readonly page: Page) {
    this.pad = new Pad(page)
  }

  static async arrived(page: Page): Promise<RoomPage> {
    await page.waitForURL(/\/room\//)
    await page.locator('.strip').waitFor()
    return new RoomPage(page)
  }

  static async join(page: Page, url: string, code: string, person: string): Promise<RoomPage> {
    await page.goto(`${url}/join/${code}`)
    await page.getByLabel('Your name').fill(person)
    await page.locator('form button[type="submit"]').click()
    return RoomPage.arrived(page)
  }

  /** The pad takes ink. */
  live(): Promise<void> {
    return this.page.locator('.pad[data-status="live"]').waitFor()
  }

  guess(word: string): Promise<void> {
    return this.page.locator('.guess .word', { hasText: new RegExp(`^\\s*${word}\\s*$`) }).waitFor()
  }

  async code(): Promise<string> {
    return ((await this.page.locator('.top .code b').textContent()) ?? '').replace(/\s/g, '')
  }

  /** The code of those who only watch, from the share sheet. */
  async viewerCode(): Promise<string> {
    await this.page.getByRole('button', { name: /share this room/i }).click()
    const sheet = this.page.getByRole('dialog')
    const card = sheet.locator('section', { has: this.page.getByRole('heading', { name: 'To watch' }) })
    // The sheet asks the server for the codes when it opens.
    await card.locator('.code b').first().waitFor()
    const letters = await card.locator('.code b').allTextContents()
    await this.page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    return letters.join('')
  }

  pile(name: string): Locator {
    return this.page.locator('.chip', {
      has: this.page.locator('.text', { hasText: new RegExp(`^${name}$`) }),
    })
  }

  /** Waits until a pile counts `count` drawings. */
  piled(name: string, count: number): Promise<void> {
    return this.pile(name)
      .locator('.count', { hasText: new RegExp(`^${count}$`) })
      .waitFor()
  }

  tile(person: string): Locator {
    return this.page.locator('.tile', {
      has: this.page.locator('.name', { hasText: new RegExp(`^${person}$`) }),
    })
  }

  /** Waits until everything drawn here is stored. */
  saved(): Promise<void> {
    return this.page.locator('.saved', { hasText: 'saved' }).waitFor()
  }
}
