import type { Locator, Page } from 'playwright-core'

export type TrainingTab = 'Now' | 'Full training' | 'Network' | 'How I learn'

/** The sheet on the learning of a room. */
export class TrainingSheet {
  readonly sheet: Locator
  private constructor(readonly page: Page) {
    this.sheet = page.getByRole('dialog', { name: 'How the learning goes' })
  }

  static async open(page: Page, tab: TrainingTab): Promise<TrainingSheet> {
    const training = new TrainingSheet(page)
    await page.getByRole('button', { name: 'Open the learning sheet' }).click()
    await training.show(tab)
    return training
  }

  async show(tab: TrainingTab): Promise<void> {
    await this.sheet.getByRole('tab', { name: tab }).click()
    await this.sheet.getByRole('tabpanel', { name: tab }).waitFor()
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.sheet.waitFor({ state: 'detached' })
  }

  button(name: string): Locator {
    return this.sheet.getByRole('button', { name, exact: true })
  }

  /** One choice of a setting. */
  choice(setting: string, name: string): Locator {
    return this.sheet.getByRole('group', { name: setting }).getByRole('radio', { name })
  }

  text(words: string | RegExp): Locator {
    return this.sheet.getByText(words)
  }

  /** Saves what was changed, and waits until it holds. */
  async save(): Promise<void> {
    await this.button('Save').click()
    await this.text('Not saved yet').waitFor({ state: 'detached' })
  }
}
