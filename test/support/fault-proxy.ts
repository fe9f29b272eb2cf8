import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * What a line does: `pass` carries bytes, `refuse` cuts connections and takes no more, `black-hole` keeps them open and
 * carries nothing, `delay` carries every byte `delayMs` late.
 */
export type LineFault = 'pass' | 'refuse' | 'black-hole' | 'delay'

/** A TCP line that can be broken in each of the ways in which a network breaks. */
export interface FaultProxy {
  readonly host: string
  readonly port: number
  /** Takes effect at once, for standing connections too. */
  set(fault: LineFault, delayMs?: number): void
  /** Connections that stand now. */
  readonly connections: number
  stop(): Promise<void>
}

interface Line {
  readonly near: Socket
  readonly far: Socket
}

/** Passes what comes on a free port of this machine on to `host`:`port`. */
export async function faultProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<FaultProxy> {
  const lines = new Set<Line>()
  let fault: LineFault = 'pass'
  let delayMs = 0

  const cut = (line: Line): void => {
    lines.delete(line)
    line.near.destroy()
    line.far.destroy()
  }
  const carry = (line: Line, from: Socket, to: Socket): void => {
    // Pauses follow each other, so that the order of the bytes stays.
    let before = Promise.resolve()
    from.on('data', (bytes: Buffer) => {
      if (fault === 'black-hole') return
      const due = fault === 'delay' ? performance.now() + delayMs : 0
      before = before.then(() => until(due)).then(() => void to.write(bytes))
    })
    from.on('error', () => cut(line))
    from.on('close', () => {
      if (fault === 'black-hole') return
      void before.then(() => cut(line))
    })
  }

  const server = createServer((near) => {
    if (fault === 'refuse') {
      near.on('error', () => undefined)
      near.resetAndDestroy()
      return
    }
    const far = connect(target.port, target.host)
    const line: Line = { near, far }
    lines.add(line)
    for (const socket of [near, far]) socket.setNoDelay(true)
    carry(line, near, far)
    carry(line, far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')

  return {
    host: '127.0.0.1',
    port: address.port,
    set(next, ms = 0) {
      const swallowed = fault === 'black-hole' && next !== 'black-hole'
      fault = next
      delayMs = ms
      // Bytes that were swallowed are missing in the middle: such a connection never makes sense again.
      if (next === 'refuse' || swallowed) for (const line of [...lines]) cut(line)
    },
    get connections() {
      return lines.size
    },
    async stop() {
      for (const line of [...lines]) cut(line)
      server.close()
      await once(server, 'close')
    },
  }
}

async function until(due: number): Promise<void> {
  const left = due - performance.now()
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
}

/** The address of a database with the proxy in the place of its server; `mongodb://HOST:PORT/...` alone. */
export function throughProxy(url: string, proxy: FaultProxy): string {
  const changed = new URL(url)
  changed.hostname = proxy.host
  changed.port = String(proxy.port)
  // A replica set would name its members, and the client would go past the proxy.
  changed.searchParams.set('directConnection', 'true')
  return changed.toString()
}

/** Where the server of a database listens. */
export function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: port === '' ? 27_017 : Number(port) }
}
