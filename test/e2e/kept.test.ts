import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { newId } from '../../shared/ids/id.ts'
import { browserIsHere } from '../support/browser.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { loadDigits, loadSketches } from '../support/fixtures.ts'
import { fillRoom } from '../support/lively-room.ts'
import { Person } from '../support/person.ts'
import { faultsInBothThemes } from './page/axe.ts'
import { HomePage } from './page/home-page.ts'
import { RecordSheet } from './page/record-sheet.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'

const digits = loadDigits()
const sketches = loadSketches()
const CLASSES = ['apple', 'clock', 'fish'].filter((name) => sketches.some(({ label }) => label === name))

describe.skipIf(!browserIsHere())('what a room keeps, in the browser', { timeout: 180_000 }, () => {
  const here = site({ bypassCSP: true })

  async function label(room: RoomPage, name: string, place: number, count: number): Promise<void> {
    const drawing = digits.filter((one) => one.label === name)[place]
    if (!drawing) throw new Error(`no drawing ${place} of ${name}`)
    await room.pad.draw(drawing)
    await room.pile(name).click()
    await room.piled(name, count)
  }

  it('[E2E-KEPT-1] checkpoints are named, pinned, compared on the same drawings, and gone back to while somebody watches', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startOwn('Ms Okafor', CLASSES)
    await teacher.live()
    const others = await fillRoom(here.url, await teacher.code(), ['Leo', 'Noor'], sketches)
    try {
      await others.teach(2)
      const mine = await RecordSheet.open(teacher.page, 'Checkpoints')
      await mine.button('Save a checkpoint').click()
      await mine.checkpoints.filter({ hasText: 'saved by hand' }).waitFor()
      await mine
        .button(/^More for/)
        .first()
        .click()
      await teacher.page.getByRole('menuitem', { name: 'Name it' }).click()
      await mine.sheet.getByLabel('Its name').fill('Before the fish')
      await teacher.page.keyboard.press('Enter')
      const first = mine.checkpoints.filter({ hasText: 'Before the fish' })
      await first.waitFor()
      await mine.button('Keep Before the fish for good').click()
      await mine.sheet.getByRole('button', { name: 'Keep Before the fish for good', pressed: true }).waitFor()

      const mia = await RoomPage.join(await here.somebody(), here.url, await teacher.code(), 'Mia')
      await mia.live()
      const hers = await RecordSheet.open(mia.page, 'Checkpoints')
      await hers.checkpoints.filter({ hasText: 'Before the fish' }).waitFor()
      expect(await hers.button(/^Go back/).count()).toBe(0)

      await others.teach(6)
      await mine.button('Save a checkpoint').click()
      await expect.poll(() => mine.checkpoints.filter({ hasText: 'saved by hand' }).count()).toBe(2)
      await mine
        .button(/^Compare /)
        .first()
        .click()
      await mine.sheet.getByText('Now choose the other one.').waitFor()
      await mine.button('Compare Before the fish').click()
      await mine.sheet.getByText(/^Both guessed the same/).waitFor()
      expect(await mine.sheet.locator('thead th').first().textContent()).toContain('Before the fish')
      expect(await mine.sheet.locator('tbody.classes tr').count()).toBeGreaterThan(0)
      expect(await faultsInBothThemes(teacher.page)).toEqual([])

      await mine.button('Go here: Before the fish').click()
      await mine.sheet.getByText('All drawings stay.').waitFor()
      await mine.button('Go back').click()
      for (const { checkpoints } of [mine, hers]) {
        const back = checkpoints.filter({ hasText: 'gone to Before the fish' })
        await back.waitFor()
        await back.getByText('guessing now').waitFor()
      }
      expect(await faultsInBothThemes(teacher.page)).toEqual([])
      await mine
        .button(/^Go forward to/)
        .first()
        .waitFor()
      await mine.close()
      const drawings = (await teacher.page.locator('.chip .count').allTextContents()).map(Number)
      expect(drawings.reduce((sum, count) => sum + count, 0)).toBe(8 * CLASSES.length)
    } finally {
      await others.leave()
    }
  })

  it('[E2E-KEPT-2] a drawing is deleted by whoever drew it and by an owner, and by nobody else', async () => {
    const { teacher, mia } = await here.lesson()
    await label(mia, '7', 1, 1)
    await label(mia, '7', 2, 2)
    await label(teacher, '4', 3, 1)

    const hers = await RecordSheet.open(mia.page, 'Drawings')
    await expect.poll(() => hers.drawings.count()).toBe(3)
    await hers.sheet.getByRole('button', { name: '4, drawn by Ms Okafor' }).click()
    await hers.sheet.getByRole('complementary').waitFor()
    expect(await hers.button('Delete this drawing').count()).toBe(0)
    expect(await faultsInBothThemes(mia.page)).toEqual([])
    await hers.sheet.getByRole('button', { name: '7, drawn by Mia' }).first().click()
    await hers.button('Delete this drawing').click()
    await hers.button('Delete it').click()
    await expect.poll(() => hers.drawings.count()).toBe(2)
    await Promise.all([mia, teacher].map((room) => room.piled('7', 1)))

    const all = await RecordSheet.open(teacher.page, 'Drawings')
    await all.sheet.getByLabel('Drawn by', { exact: true }).selectOption({ label: 'Mia' })
    await expect.poll(() => all.drawings.count()).toBe(1)
    await all.drawings.first().click()
    await all.button('Delete this drawing').click()
    await all.button('Delete it').click()
    await all.sheet.getByText('No drawing like that.').waitFor()
    await mia.piled('7', 0)
    await expect.poll(() => hers.drawings.count()).toBe(1)
    await all.show('Privacy')
    await all.sheet.getByText('Mia deleted a drawing.').waitFor()
    await all.sheet.getByText('You deleted a drawing.').waitFor()
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
  })

  it('[E2E-KEPT-3] all guesses are leafed through, each once, with what it was in the end', async () => {
    const home = await HomePage.open(await here.somebody(), here.url)
    const teacher = await home.startRoom('Ms Okafor')
    const leo = await Person.arrive(here.url, 'Leo')
    const { projectId } = await leo.client.joinByCode(await teacher.code())
    await leo.enter(projectId)
    const LABELS = 56
    for (let i = 0; i < LABELS; i++) {
      const drawing = digits[i % digits.length]
      const classId = leo.room.classes.find(({ name }) => name === drawing?.label)?.id ?? ''
      const guessed = guessOf(leo)
      for (const stroke of drawing?.strokes ?? []) leo.commit(newId(), { ...stroke, at: Date.now() })
      await guessed
      await leo.label(classId)
    }
    const stored = async (): Promise<number> =>
      (await leo.client.command('history:list', { limit: 100 })).items.length
    await expect.poll(stored).toBeGreaterThanOrEqual(LABELS)
    leo.leave()
    const sheet = await RecordSheet.open(teacher.page, 'Guesses')
    await sheet.sheet.getByText('50 guesses shown').waitFor()
    // The end of the list loads more when it comes into sight.
    await sheet.guesses.last().scrollIntoViewIfNeeded()
    await expect.poll(() => sheet.guesses.count()).toBeGreaterThanOrEqual(LABELS)
    await sheet.sheet.getByText(/guesses shown$/).waitFor()
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
    const all = await sheet.guesses.count()
    const right = sheet.guesses.filter({ hasText: 'that’s it' })
    const known = await right.count()
    expect(known).toBeGreaterThan(LABELS / 2)
    await sheet.sheet.getByText('Right', { exact: true }).click()
    await expect.poll(() => sheet.guesses.count()).toBe(known)
    await sheet.sheet.getByText('Wrong', { exact: true }).click()
    await expect.poll(() => sheet.guesses.count()).toBeLessThanOrEqual(all - known)
  })

  it('[E2E-KEPT-4] a deleted room sends everybody out with a clear page, and their devices forget it', async () => {
    const { teacher, mia } = await here.lesson()
    await mia.pad.drawLine([
      { x: 300, y: 500 },
      { x: 700, y: 500 },
    ])
    await mia.saved()
    const sheet = await RecordSheet.open(teacher.page, 'Privacy')
    await sheet.button('Delete this room').click()
    const ask = teacher.page.getByRole('dialog', { name: /^Delete .*\?$/ })
    const go = ask.getByRole('button', { name: 'Delete the room' })
    await ask.waitFor()
    expect(await go.isDisabled()).toBe(true)
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
    await ask.getByRole('textbox').fill(' ms okafor’s DIGITS ')
    await go.click()
    for (const { page } of [mia, teacher]) {
      await page.getByText('Ms Okafor’s digits was deleted').waitFor()
      expect(await faultsInBothThemes(page)).toEqual([])
    }
    const kept = `indexedDB.databases().then((all) => all.filter(({ name }) => name.startsWith('trainboard.canvas.')).length)`
    await expect.poll(() => mia.page.evaluate<number>(kept)).toBe(0)
    await mia.page.getByRole('button', { name: 'Home' }).click()
    await mia.page.getByText('Rooms you start or join are kept here.').waitFor()
    await mia.page.goBack()
    await mia.page.getByText('There is no such room').waitFor()
  })

  it('[E2E-KEPT-5] who deletes all their drawings draws on on a page that begins anew, and a room is deleted from the home page', async () => {
    const { teacher, mia } = await here.lesson()
    await label(mia, '7', 1, 1)
    await mia.pad.drawLine([
      { x: 300, y: 500 },
      { x: 700, y: 500 },
    ])
    await mia.saved()
    await teacher.tile('Mia').click()
    await teacher.pad.inked(500, 500, true)
    await mia.page.getByRole('button', { name: /show who/ }).click()
    await mia.page.getByRole('button', { name: 'Change Mia' }).click()
    await mia.page.getByRole('button', { name: 'Delete my drawings' }).click()
    await mia.page.getByText('Delete all your drawings?').waitFor()
    expect(await faultsInBothThemes(mia.page)).toEqual([])
    await mia.page.getByRole('button', { name: 'Delete them' }).click()
    await mia.page.getByText(/gone for good/).waitFor()
    await mia.page.keyboard.press('Escape')
    await Promise.all([mia, teacher].map((room) => room.piled('7', 0)))
    for (const room of [mia, teacher]) {
      await room.live()
      await room.pad.inked(500, 500, false)
      expect(await room.page.getByText('can’t be opened').count()).toBe(0)
    }
    await mia.pad.drawLine([
      { x: 300, y: 700 },
      { x: 700, y: 700 },
    ])
    await teacher.pad.inked(500, 700, true)
    await mia.saved()

    const { page } = teacher
    await page.goto(here.url)
    await page.getByRole('button', { name: 'More for Ms Okafor’s digits' }).click()
    await page.getByRole('menuitem', { name: 'Delete this room' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill('Ms Okafor’s digits')
    await page.getByRole('button', { name: 'Delete the room' }).click()
    await page.getByText('Rooms you start or join are kept here.').waitFor()
    await mia.page.getByText('Ms Okafor’s digits was deleted').waitFor()
  })

  it('[E2E-KEPT-6] while the server cannot save, drawings and labels are kept here and said to be, and saved once it can', async () => {
    const failing = fileURLToPath(new URL('../support/broken-store.mjs', import.meta.url))
    const shaky = await startBuilt(temporaryFolder(), {}, { nodeArgs: ['--import', failing] })
    try {
      const home = await HomePage.open(await here.somebody(), shaky.url)
      const room = await home.startRoom('Ms Okafor')
      await room.live()
      await label(room, '7', 1, 1)
      const { page } = room
      shaky.child.kill('SIGUSR2')
      const four = digits.find((one) => one.label === '4')
      if (four) await room.pad.draw(four)
      const banner = page.locator('.states .banner', { hasText: 'cannot save at the moment' })
      await banner.waitFor()
      await page.locator('.saved', { hasText: 'kept here, not saved yet' }).waitFor()
      await room.pile('4').click()
      await page.locator('.toast', { hasText: 'kept here, not saved yet' }).waitFor()
      await banner.filter({ hasText: '1 label' }).waitFor()
      expect(await room.pile('4').locator('.count').textContent()).toBe('0')
      expect(await faultsInBothThemes(page)).toEqual([])
      shaky.child.kill('SIGUSR2')
      await room.piled('4', 1)
      await banner.waitFor({ state: 'detached' })
      await page.locator('.toast', { hasText: 'Everything is saved again.' }).waitFor()
    } finally {
      await shaky.stop()
    }
  })
})

/** Resolves with the next guess of what is on somebody's page. */
function guessOf(person: Person): Promise<void> {
  const { pageId, canvasId } = person
  return new Promise((resolve) => {
    const hear = ({
      items,
    }: {
      items: readonly { canvasId: string; pageId: string; points: number }[]
    }): void => {
      const mine = items.some((one) => one.canvasId === canvasId && one.pageId === pageId && one.points > 0)
      if (!mine) return
      person.socket.off('prediction', hear)
      resolve()
    }
    person.socket.on('prediction', hear)
  })
}
