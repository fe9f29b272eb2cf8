import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Gate } from './gate.ts'

export interface UpgradesOptions {
  readonly gate: Gate
  readonly sync: { handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void }
  readonly stopping: () => boolean
}

/** Every upgrade to a WebSocket comes through here but those of Socket.IO, whose own check asks the same gate. */
export function routeUpgrades(server: Pick<Server, 'on'>, { gate, sync, stopping }: UpgradesOptions): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (path.startsWith('/socket.io/')) return
    // Nobody else listens while the answer is written.
    socket.on('error', () => {
      socket.destroy()
    })
    if (!path.startsWith('/sync/')) refuse(socket, 404)
    else if (!gate.allowsHost(request.headers.host) || !gate.allowsOrigin(request)) refuse(socket, 403)
    else if (stopping()) refuse(socket, 503)
    else sync.handleUpgrade(request, socket, head)
  })
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}
