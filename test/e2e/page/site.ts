import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { openBrowser, openPage } from '../../support/browser.ts'
import { startBuilt, temporaryFolder, type BuiltServer } from '../../support/built-server.ts'
import { HomePage } from './home-page.ts'
import { RoomPage } from './room-page.ts'

export interface Site {
  readonly url: string
  /** A page of somebody new, on a device of their own; it closes with the test. */
  somebody(options?: BrowserContextOptions): Promise<Page>
  /** A teacher and Mia in a room of digits. */
  lesson(): Promise<{ teacher: RoomPage; mia: RoomPage; code: string }>
  /** Stops the server and starts it anew on the same data; answers the code of its exit. */
  restart(): Promise<number | null>
}

export interface SiteOptions {
  readonly env?: Record<string, string>
  /** Names that the browser takes for this computer. */
  readonly hosts?: string[]
  /** A page may then be looked at by axe, which the server's policy for scripts keeps out. */
  readonly bypassCSP?: boolean
}

/** A built server and a browser for the tests of a file, or of a `describe`. */
export function site({ env = {}, hosts = [], bypassCSP = false }: SiteOptions = {}): Site {
  const dataDir = temporaryFolder()
  const contexts: BrowserContext[] = []
  let browser: Browser
  let server: BuiltServer

  beforeAll(async () => {
    server = await startBuilt(dataDir, env)
    browser = await openBrowser(hosts)
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
  })

  const somebody: Site['somebody'] = (options = {}) => openPage(browser, contexts, { bypassCSP, ...options })
  return {
    get url() {
      return server.url
    },
    somebody,
    async lesson() {
      const home = await HomePage.open(await somebody(), server.url)
      const teacher = await home.startRoom('Ms Okafor')
      await teacher.live()
      const code = await teacher.code()
      const mia = await RoomPage.join(await somebody(), server.url, code, 'Mia')
      await mia.live()
      await teacher.tile('Mia').waitFor()
      return { teacher, mia, code }
    },
    async restart() {
      const { code } = await server.stop()
      server = await startBuilt(dataDir, env)
      return code
    },
  }
}
