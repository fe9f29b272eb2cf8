import { networkInterfaces } from 'node:os'

/** This machine's addresses on its networks, IPv4 before IPv6, without loopback and link-local ones. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
  const of = (family: string): string[] =>
    all.filter((one) => one.family === family).map(({ address }) => address)
  return [...of('IPv4'), ...of('IPv6')]
}

export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name)
}

/** The host part of an address bar: IPv6 in brackets. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}
