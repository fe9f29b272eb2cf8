import { renderUnicodeCompact } from 'uqr'
import { inUrl, isLoopback, ownAddresses } from './addresses.ts'

export interface Reach {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly publicUrl: URL | null
}

/** Addresses (without a path) at which other devices reach a server that listens so; none where only this computer does. */
export function reachableAt({ host, port, tls, publicUrl }: Reach, addresses = ownAddresses()): string[] {
  const named = publicUrl ? [publicUrl.origin] : []
  if (isLoopback(host)) return named
  const hosts = ['0.0.0.0', '::'].includes(host) ? addresses : [host]
  return [
    ...named,
    ...hosts.map((address) => `${tls ? 'https' : 'http'}://${inUrl(address)}:${String(port)}`),
  ]
}

/** What a person at the terminal is told once the server listens: where it is, and a QR code of it for a class. */
export function announcement(reach: Reach, lan: boolean): string {
  const here = `${reach.tls ? 'https' : 'http'}://localhost:${String(reach.port)}`
  const others = reachableAt(reach)
  const lines = ['', `  Trainboard is open at ${here}`]
  for (const address of others) lines.push(`  for other devices:    ${address}`)
  const [first] = others
  if (lan && first === undefined) lines.push('  This computer is in no network that others could come from.')
  if (lan && first !== undefined) lines.push('', indent(renderUnicodeCompact(first)))
  return `${lines.join('\n')}\n\n`
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ')
}
