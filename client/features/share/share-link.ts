const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/iu

/** Whether an address reaches this computer alone. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname)
}

/**
 * The origin that other devices can use, null while there is none: the page's own, unless that is this computer
 * alone; then the first address the server names, complete (`http://...`) or as a host on the page's port.
 */
export function shareOrigin(
  page: {
    readonly origin: string
    readonly hostname: string
    readonly protocol: string
    readonly port: string
  },
  addresses: readonly string[],
): string | null {
  if (!isLoopback(page.hostname)) return page.origin
  const [first] = addresses
  if (first === undefined) return null
  if (/^https?:\/\//u.test(first)) return new URL(first).origin
  const host = first.includes(':') && !/^\[|:\d+$/u.test(first) ? `[${first}]` : first
  const port = page.port === '' || /:\d+$/u.test(host) ? '' : `:${page.port}`
  return `${page.protocol}//${host}${port}`
}

/** The link that joins with a code. */
export function joinLink(origin: string, code: string): string {
  return `${origin}/join/${code}`
}

/** The owner's link: the secret is in the fragment, which browsers never send. */
export function ownerLink(origin: string, projectId: string, secret: string): string {
  return `${origin}/room/${projectId}#owner=${secret}`
}
