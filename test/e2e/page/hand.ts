import type { Locator, Page } from 'playwright-core'

/** The teacher's hand of an owner's page: the panel beside its button, and the menus of the tiles. */
export class Hand {
  readonly button: Locator
  readonly panel: Locator
  constructor(readonly page: Page) {
    this.button = page.getByRole('button', { name: /^Teacher’s hand/ })
    this.panel = page.getByRole('dialog', { name: 'Teacher’s hand' })
  }

  async open(): Promise<void> {
    if ((await this.panel.count()) === 0) await this.button.click()
    await this.panel.waitFor()
  }

  async close(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.panel.waitFor({ state: 'detached' })
  }

  async press(name: string | RegExp): Promise<void> {
    await this.open()
    await this.panel.getByRole('button', { name, exact: true }).click()
  }

  /** Turns a switch of the panel and waits until it holds. */
  async turn(name: string, on: boolean): Promise<void> {
    await this.open()
    await this.panel.getByRole('switch', { name, checked: !on }).click()
    await this.panel.getByRole('switch', { name, checked: on }).waitFor()
  }

  /** Chooses from the menu of the tile of `person`, without a mouse. */
  async choose(person: string, item: string): Promise<void> {
    const more = this.page.getByRole('button', { name: `What to do with ${person}’s page` })
    await more.focus()
    await this.page.keyboard.press('Enter')
    await this.page.getByRole('menu').waitFor()
    const entry = this.page.getByRole('menuitem', { name: item })
    for (let i = 0; i < 6; i++) {
      if ((await entry.getAttribute('data-highlighted')) !== null) break
      await this.page.keyboard.press('ArrowDown')
    }
    await this.page.keyboard.press('Enter')
    await this.page.getByRole('menu').waitFor({ state: 'detached' })
  }
}
