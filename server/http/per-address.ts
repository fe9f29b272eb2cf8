import { isIPv6 } from 'node:net'

const MOST_ADDRESSES = 10_000
const GROUPS = 8
const NETWORK_GROUPS = 4

/** Something kept for each address that asks; of too many, those that asked longest ago are forgotten. */
export class PerAddress<T> {
  private readonly kept = new Map<string, T>()

  constructor(
    private readonly make: () => T,
    private readonly most = MOST_ADDRESSES,
  ) {}

  of(address: string): T {
    const network = networkOf(address)
    const value = this.kept.get(network) ?? this.make()
    // The map is in the order in which they asked last.
    this.kept.delete(network)
    this.kept.set(network, value)
    const oldest = this.kept.keys().next().value
    if (this.kept.size > this.most && oldest !== undefined) this.kept.delete(oldest)
    return value
  }
}

/** An IPv4 address as it is; of an IPv6 one the first 64 bits, below which anybody has addresses without end. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%', 1)
  if (!isIPv6(plain)) return address
  const [head = '', tail] = plain.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':')
    // Dotted decimals at the end stand for two groups.
    const count = behind.length + (tail.includes('.') ? 1 : 0)
    while (groups.length + count < GROUPS) groups.push('0')
    groups.push(...behind)
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
