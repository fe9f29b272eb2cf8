import type { Locator, Page } from 'playwright-core'

export type RecordTab = 'Checkpoints' | 'Guesses' | 'Drawings' | 'Privacy'

/** The sheet on what a room keeps, of a page at a desk. */
export class RecordSheet {
  readonly sheet: Locator
  private constructor(readonly page: Page) {
    this.sheet = page.getByRole('dialog', { name: 'What is kept' })
  }

  static async open(page: Page, tab: RecordTab): Promise<RecordSheet> {
    const record = new RecordSheet(page)
    await page.getByRole('button', { name: /^What is kept/ }).click()
    await record.show(tab)
    return record
  }

  async show(tab: RecordTab): Promise<void> {
    await this.sheet.getByRole('tab', { name: tab }).click()
    await this.sheet.getByRole('tabpanel', { name: tab }).waitFor()
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.sheet.waitFor({ state: 'detached' })
  }

  button(name: string | RegExp): Locator {
    return this.sheet.getByRole('button', { name, exact: typeof name === 'string' })
  }

  /** The checkpoints, newest first. */
  get checkpoints(): Locator {
    return this.sheet.locator('article')
  }

  /** The drawings that are listed, newest first. */
  get drawings(): Locator {
    return this.sheet.locator('.grid .tile')
  }

  /** The guesses that are listed, newest first. */
  get guesses(): Locator {
    return this.sheet.getByRole('tabpanel', { name: 'Guesses' }).getByRole('listitem')
  }
}
