import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { startBuilt, temporaryFolder } from '../support/built-server.ts'
import type { Figures } from './options.ts'

/** What a browser fetches of JavaScript and style before the pad of the home page takes ink, gzipped, in kB (1,000 bytes). */
export default async function bundle(): Promise<Figures> {
  const server = await startBuilt(temporaryFolder())
  const browser = await openBrowser()
  try {
    const page = await browser.newPage()
    const home = weigh(page)
    await page.goto(server.url)
    await drawALine(page)
    await page.locator('.guess .pct').waitFor()
    const { js, css, files } = await home()
    return { initial_js_gz_kb: round(js), initial_css_gz_kb: round(css), initial_files: files }
  } finally {
    await browser.close()
    await server.stop()
  }
}

function weigh(page: Page): () => Promise<{ js: number; css: number; files: number }> {
  const bodies: Promise<{ kind: 'js' | 'css'; bytes: number }>[] = []
  page.on('response', (response) => {
    const kind = { script: 'js', stylesheet: 'css' }[response.request().resourceType()]
    if (kind !== 'js' && kind !== 'css') return
    bodies.push(response.body().then((body) => ({ kind, bytes: gzipSync(body, { level: 9 }).byteLength })))
  })
  return async () => {
    const weights = await Promise.all(bodies)
    const sum = (kind: 'js' | 'css'): number =>
      weights.reduce((all, weight) => all + (weight.kind === kind ? weight.bytes : 0), 0)
    return { js: sum('js') / 1_000, css: sum('css') / 1_000, files: weights.length }
  }
}

async function drawALine(page: Page): Promise<void> {
  const pad = page.locator('.pad')
  const box = await pad.boundingBox()
  if (box === null) throw new Error('the pad is not on the page')
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.25)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.75, { steps: 12 })
  await page.mouse.up()
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
