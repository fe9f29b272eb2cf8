import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../ops/addresses.ts'

/** A proxy on this computer also connects from here: what came through one says so, or names another host. */
export function isDirectLoopback({ raw, headers }: Pick<FastifyRequest, 'raw' | 'headers'>): boolean {
  return (
    !isForwarded(headers) &&
    isLoopback(raw.socket.remoteAddress ?? '') &&
    isLoopback(nameOf(headers.host ?? ''))
  )
}

/** As `isDirectLoopback`, also for a server that does not listen on loopback: who comes from the address he comes to is here. */
export function isFromThisComputer(request: Pick<FastifyRequest, 'raw' | 'headers'>): boolean {
  const { remoteAddress, localAddress } = request.raw.socket
  if (isDirectLoopback(request)) return true
  return !isForwarded(request.headers) && remoteAddress !== undefined && remoteAddress === localAddress
}

function isForwarded(headers: FastifyRequest['headers']): boolean {
  return ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => name in headers)
}

function nameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : ''
}
