import { describe, expect, it } from 'vitest'
import { browserIsHere } from '../support/browser.ts'
import { faultsInBothThemes } from './page/axe.ts'
import { Hand } from './page/hand.ts'
import { RoomPage } from './page/room-page.ts'
import { site } from './page/site.ts'

const LINE = [
  { x: 300, y: 500 },
  { x: 500, y: 500 },
  { x: 700, y: 500 },
]

describe.skipIf(!browserIsHere())('the teacher’s hand in the browser', { timeout: 120_000 }, () => {
  const here = site({ bypassCSP: true })

  async function lesson(): Promise<{ teacher: RoomPage; hand: Hand; mia: RoomPage; code: string }> {
    const people = await here.lesson()
    return { ...people, hand: new Hand(people.teacher.page) }
  }

  it('[UI-HAND-5] pens rest, labels are locked and names hidden at a press, and everybody sees it', async () => {
    const { teacher, hand, mia } = await lesson()
    await mia.pad.drawLine(LINE)
    await mia.saved()
    await hand.press(/^Freeze all pens/)
    await mia.page.getByText('All pens are resting').waitFor()
    await mia.pad.drawLine(LINE.map(({ x, y }) => ({ x, y: y + 200 })))
    await teacher.pad.drawLine(LINE)
    await mia.pad.inked(500, 700, false)
    await teacher.pad.inked(500, 500, true)
    await hand.turn('Lock labels', true)
    await mia.page.getByText('Labels are locked').waitFor()
    expect(await mia.pile('7').isDisabled()).toBe(true)
    expect(await teacher.pile('7').isDisabled()).toBe(false)
    await hand.turn('Hide names', true)
    await mia.tile('Ms Okafor').waitFor({ state: 'detached' })
    expect(await mia.tile('Mia').count()).toBe(1)
    expect(await teacher.tile('Mia').count()).toBe(1)
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
    expect(await faultsInBothThemes(mia.page)).toEqual([])

    await hand.press(/^All pens rest/)
    await hand.turn('Lock labels', false)
    await hand.turn('Hide names', false)
    await mia.tile('Ms Okafor').waitFor()
    await mia.page.getByText('All pens are resting').waitFor({ state: 'detached' })
    await mia.pad.drawLine(LINE.map(({ x, y }) => ({ x, y: y + 200 })))
    await mia.pad.inked(500, 700, true)

    await hand.close()
    await hand.choose('Mia', 'Freeze this page')
    await mia.page.getByText('The pens of this page are resting').waitFor()
    await hand.choose('Mia', 'Let this page go on')
    await mia.page.getByText('The pens of this page are resting').waitFor({ state: 'detached' })

    await mia.page.getByRole('button', { name: /show who/ }).click()
    await mia.page.getByText('Lately').click()
    await mia.page.getByText('Ms Okafor froze all pens').waitFor()
    await mia.page.getByText('Ms Okafor froze your page').waitFor()
    expect(await faultsInBothThemes(mia.page)).toEqual([])
  })

  it('[UI-HAND-6] everybody looks where the teacher shows or goes; a removed drawing comes back', async () => {
    const { teacher, hand, mia, code } = await lesson()
    const leo = await RoomPage.join(await here.somebody(), here.url, code, 'Leo')
    await leo.live()
    await mia.pad.drawLine(LINE)
    await mia.saved()
    await hand.choose('Mia', 'Spotlight')
    await leo.page.getByText('Look here: Mia’s page').waitFor()
    await leo.pad.inked(500, 500, true)
    await mia.page.getByText('Look here: your page').waitFor()
    expect(await faultsInBothThemes(leo.page)).toEqual([])
    await teacher.page.locator('.lead').getByRole('button', { name: 'End' }).click()
    await leo.page.locator('.lead').getByRole('button', { name: 'Back to my page' }).click()
    await leo.pad.inked(500, 500, false)

    await teacher.tile('Ms Okafor').click()
    await hand.turn('Follow me', true)
    await hand.close()
    await leo.page.getByText('Following Ms Okafor').waitFor()
    await teacher.tile('Mia').click()
    await leo.pad.inked(500, 500, true)
    await leo.page.getByRole('button', { name: 'Stop following' }).click()
    await teacher.tile('Ms Okafor').click()
    await leo.page.getByText('Ms Okafor leads the room').waitFor()
    await leo.pad.inked(500, 500, true)
    await hand.turn('Follow me', false)
    await hand.close()

    await hand.choose('Mia', 'Remove this drawing')
    await leo.pad.inked(500, 500, false)
    await mia.page.getByText('Ms Okafor removed your drawing').waitFor()
    await teacher.page.locator('.toast', { hasText: 'The drawing is off' }).getByRole('button').click()
    await leo.pad.inked(500, 500, true)
  })

  it('[UI-HAND-7] newcomers wait at the door; somebody is removed and the code with them; [UI-HAND-9] a session ends and opens again', async () => {
    const { teacher, hand, mia, code } = await lesson()
    await hand.turn('Let people in one by one', true)
    const late = await here.somebody()
    await late.goto(`${here.url}/join/${code}`)
    await late.getByLabel('Your name').fill('Zoe')
    await late.locator('form button[type="submit"]').click()
    await late.getByText('Waiting to be let in').waitFor()
    expect(await faultsInBothThemes(late)).toEqual([])
    await hand.press('Don’t let Zoe in')
    await late.getByRole('button', { name: 'Knock again' }).click()
    await hand.press('Let Zoe in')
    const zoe = await RoomPage.arrived(late)
    await zoe.live()
    await hand.turn('Let people in one by one', false)
    await hand.close()

    await teacher.page.getByRole('button', { name: /show who/ }).click()
    await teacher.page.getByRole('button', { name: 'Change Zoe' }).click()
    await teacher.page.getByRole('button', { name: 'Remove Zoe' }).click()
    await teacher.page.getByRole('checkbox', { name: /and change the code/ }).waitFor()
    expect(await faultsInBothThemes(teacher.page)).toEqual([])
    await teacher.page.getByRole('group').getByRole('button', { name: 'Remove' }).click()
    await late.getByText('You’ve left this room').waitFor()
    await teacher.page.keyboard.press('Escape')
    await expect.poll(() => teacher.code()).not.toBe(code)

    await hand.press('End the session')
    await hand.press('End it')
    await mia.page.getByText('That’s the end of').waitFor()
    expect(await faultsInBothThemes(mia.page)).toEqual([])
    await hand.press('Open it again')
    await mia.live()
  })
})
