import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import { loadDigits, loadSketches, type FixtureDrawing } from '../support/fixtures.ts'
import { fillRoom } from '../support/lively-room.ts'
import { HomePage } from './page/home-page.ts'

// Writes docs/images: the built server with a room of people who draw, as the README shows it.
const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'images')
const DESK = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const PEOPLE = ['Mia', 'Leo', 'Noor', 'Aisha', 'Jonas', 'Yuki', 'Tomás', 'Freya', 'Kofi', 'Ella', 'Sami']
const LABELS_A_CLASS = 10

const digits = loadDigits()
const sketches = loadSketches()
const classes = [...new Set(sketches.map(({ label }) => label))]

function nth(drawings: readonly FixtureDrawing[], label: string, index: number): FixtureDrawing {
  const drawing = drawings.filter((one) => one.label === label)[index]
  if (drawing === undefined) throw new Error(`no drawing ${index} of ${label}`)
  return drawing
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), scale: 'css' })
  process.stdout.write(`docs/images/${name}.png\n`)
}

async function takePictures(browser: Browser, url: string): Promise<void> {
  const context = await browser.newContext({ viewport: DESK, colorScheme: 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const home = await HomePage.open(page, url)
  await home.pad.draw(nth(digits, '3', 2))
  await home.guess('3')
  await picture(page, 'home-light')

  const room = await home.startOwn('Ms Okafor', classes)
  await room.live()
  const others = await fillRoom(url, await room.code(), PEOPLE, sketches)
  try {
    await others.teach(LABELS_A_CLASS)
    await room.pad.draw(nth(sketches, 'umbrella', 12))
    await room.guess('umbrella')
    await room.saved()
    others.draw()
    // Some tiles guessed, some labelled, some just begun.
    await page.locator('.tile .pc').nth(6).waitFor()
    await page.locator('.tile.done').nth(1).waitFor()
    await picture(page, 'room-light')
    await page.emulateMedia({ colorScheme: 'dark' })
    await picture(page, 'room-dark')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize(PHONE)
    await page.getByRole('button', { name: 'Wall' }).waitFor()
    await picture(page, 'room-phone')
  } finally {
    await others.leave()
  }
}

await mkdir(FOLDER, { recursive: true })
const server = await startBuilt(temporaryFolder())
const browser = await openBrowser()
try {
  await takePictures(browser, server.url)
} finally {
  await browser.close()
  await server.stop()
}
