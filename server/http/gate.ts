import type { IncomingMessage } from 'node:http'
import { isLoopback, ownAddresses } from '../ops/addresses.ts'

/** How long this machine's addresses are remembered, in ms. */
const ADDRESSES_FOR_MS = 10_000

/** Which names of this server and which pages may talk to it: against DNS rebinding and foreign pages. */
export interface Gate {
  /** Whether the Host header is loopback, one of this machine's addresses, the configured host or that of PUBLIC_URL. */
  allowsHost(host: string | undefined): boolean
  /**
   * Whether the page that asks is ours: served from the very host it talks to, or from PUBLIC_URL. Browsers always
   * name the page's origin where it matters; without one it is no browser, and its token alone decides.
   */
  allowsOrigin(request: Pick<IncomingMessage, 'headers'>): boolean
}

export interface GateOptions {
  readonly publicUrl: URL | null
  readonly host: string
  readonly clock: { now(): number }
  readonly addresses?: () => readonly string[]
}

export function createGate({ publicUrl, host: own, clock, addresses = ownAddresses }: GateOptions): Gate {
  let known: { readonly names: ReadonlySet<string>; readonly until: number } = { names: new Set(), until: 0 }
  const names = (): ReadonlySet<string> => {
    if (clock.now() >= known.until)
      known = { names: new Set([own, ...addresses()]), until: clock.now() + ADDRESSES_FOR_MS }
    return known.names
  }
  return {
    allowsHost(host) {
      const url = host === undefined ? null : asUrl(`http://${host}`)
      if (url?.username !== '' || url.pathname !== '/' || url.search !== '') return false
      if (isLoopback(url.hostname) || url.host === publicUrl?.host || url.hostname === publicUrl?.hostname)
        return true
      return names().has(url.hostname.replace(/^\[|\]$/g, ''))
    },
    allowsOrigin({ headers }) {
      const { origin, host } = headers
      if (origin === undefined) return true
      const page = asUrl(origin)
      if (page === null || !/^https?:$/.test(page.protocol)) return false
      return page.origin === publicUrl?.origin || page.host === asUrl(`${page.protocol}//${host ?? ''}`)?.host
    },
  }
}

function asUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}
