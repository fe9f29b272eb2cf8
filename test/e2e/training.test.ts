import { describe, expect, it } from 'vitest'
import { browserIsHere } from '../support/browser.ts'
import { loadDigits } from '../support/fixtures.ts'
import { faultsInBothThemes } from './page/axe.ts'
import { HomePage } from './page/home-page.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'
import { TrainingSheet } from './page/training-sheet.ts'

const digits = loadDigits()

async function label(room: RoomPage, name: string, index: number): Promise<void> {
  const drawing = digits.filter((one) => one.label === name)[index]
  if (!drawing) throw new Error(`no drawing ${String(index)} of ${name}`)
  await room.pad.draw(drawing)
  await room.pile(name).click()
  await room.piled(name, index + 1)
}

describe.skipIf(!browserIsHere())('the learning in the hands of a room’s owner', { timeout: 120_000 }, () => {
  const here = site({ bypassCSP: true })

  it('[TRAINUI-5] drawings gather as the owner says and are learned from at a press, which others see and cannot do', async () => {
    const { teacher, mia } = await here.lesson()
    const watcher = await RoomPage.join(await here.somebody(), here.url, await teacher.viewerCode(), 'Noor')
    const sheet = await TrainingSheet.open(teacher.page, 'How I learn')
    await sheet.choice('When I learn', 'Every few labels').check()
    await sheet.button('More: So many labels').click()
    await sheet.text('6 labels').waitFor()
    // Nobody else hears of it before it is saved.
    const seen = await TrainingSheet.open(watcher.page, 'How I learn')
    await seen.text('With every label').waitFor()
    await sheet.save()
    await seen.text('Every few labels, 6 labels').waitFor()
    expect(await seen.sheet.getByRole('radio').count()).toBe(0)
    await Promise.all([sheet.close(), seen.close()])

    await label(teacher, '7', 0)
    await label(mia, '4', 0)
    for (const { page } of [teacher, mia, watcher])
      await page.locator('.strip', { hasText: '2 drawings wait' }).waitFor()
    const now = (room: RoomPage) => room.page.getByRole('button', { name: 'Learn now' })
    expect([await now(mia).count(), await now(watcher).count()]).toEqual([0, 0])
    await now(teacher).click()
    for (const { page } of [teacher, mia, watcher]) {
      await page.locator('.strip', { hasText: /step [1-9]/ }).waitFor()
      await page.locator('.strip', { hasText: 'drawings wait' }).waitFor({ state: 'detached' })
    }
  })

  it('[TRAINUI-5] a full training is started, watched, stopped and taken up', async () => {
    const { teacher, mia } = await here.lesson()
    await label(teacher, '7', 0)
    await label(mia, '4', 0)
    const sheet = await TrainingSheet.open(teacher.page, 'How I learn')
    await sheet.choice('When I stop practising', 'After some time').check()
    await sheet.save()
    const seen = await TrainingSheet.open(mia.page, 'Full training')
    await sheet.show('Full training')
    await sheet.button('Start full training').click()
    for (const one of [sheet, seen]) {
      await one.sheet.getByRole('progressbar', { name: 'Full training' }).waitFor()
      await one.text(/ left$/).waitFor()
    }
    expect(await seen.button('Stop').count()).toBe(0)
    await sheet.button('Stop').click()
    await seen.text('The owner of the room decides.').waitFor()
    await sheet.button('Use it').click()
    for (const one of [sheet, seen]) await one.text('It guesses now').waitFor()
  })

  it('[TRAINUI-9] MNIST’s digits are not offered where they are not there, but how they come is told', async () => {
    const teacher = await (await HomePage.open(await here.somebody(), here.url)).startRoom('Ms Okafor')
    const sheet = await TrainingSheet.open(teacher.page, 'Full training')
    await sheet.text('they are not on the room’s computer').waitFor()
    expect(await sheet.sheet.getByRole('checkbox').count()).toBe(0)
  })

  it('[TRAINUI-5] changing the network asks first and says what happens; axe finds nothing on any page of the sheet', async () => {
    const { teacher } = await here.lesson()
    const sheet = await TrainingSheet.open(teacher.page, 'Network')
    const plain = sheet.sheet.getByRole('article', { name: 'Plain network' })
    await plain.getByText('Its layers').click()
    await plain.getByRole('row', { name: /^dense1/ }).waitFor()
    await plain.getByRole('button', { name: 'Change to this one' }).click()
    await plain.getByText('A full training on all drawings starts.').waitFor()
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
    await plain.getByRole('button', { name: 'Change it' }).click()
    await sheet.text('‘Plain network’ takes over after a full training').waitFor()
    for (const tab of ['Full training', 'How I learn'] as const) {
      await sheet.show(tab)
      if (tab === 'How I learn') await sheet.text('More, for those who know').click()
      expect(await faultsInBothThemes(teacher.page)).toEqual([])
    }
  })
})
