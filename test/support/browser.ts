import { existsSync } from 'node:fs'
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core'
import { missingPart } from './missing-part.ts'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The browser to test with: CHROMIUM_PATH, else where systems put one; null where there is none. */
export function chromiumPath(): string | null {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') return named
  return PLACES.find((place) => existsSync(place)) ?? null
}

/** Whether tests in a browser can run here; where they cannot they are left out loudly. */
export function browserIsHere(): boolean {
  if (chromiumPath() !== null) return true
  missingPart('tests in a browser', 'no Chromium was found (set CHROMIUM_PATH)')
  return false
}

/** A headless Chromium that keeps to this machine; `hosts` maps further host names to 127.0.0.1. */
export function openBrowser(hosts: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === null) throw new Error('no Chromium was found (set CHROMIUM_PATH)')
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(hosts.length > 0
        ? [`--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ')}`]
        : []),
    ],
  })
}

/**
 * A page of somebody on a device of their own, which is added to `contexts` for who closes them; an error of the page
 * fails the run.
 */
export async function openPage(
  browser: Browser,
  contexts: BrowserContext[],
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  contexts.push(context)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => {
    throw error
  })
  return page
}
