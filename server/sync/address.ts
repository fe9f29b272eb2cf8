import type { IncomingMessage } from 'node:http'

/** What is read of the request that a socket was opened with. */
export type SyncRequest = Pick<IncomingMessage, 'url' | 'headers'>

/** The canvas that a sync path names; `generation` is null where the path names none. */
export interface CanvasAddress {
  readonly projectId: string
  readonly canvasId: string
  readonly generation: number | null
}

const PATH = /^\/sync\/([0-9a-z]{1,32})\/([0-9a-z]{1,32})(?:\.([0-9]{1,9}))?$/
const PROTOCOL = 'trainboard'
const TOKEN_PREFIX = 'token.'

/** Reads `/sync/<project>/<canvas>[.<generation>]`; null for any other path. */
export function canvasAddress(url: string | undefined): CanvasAddress | null {
  const match = PATH.exec((url ?? '').split('?', 1)[0] ?? '')
  if (!match) return null
  const [, projectId = '', canvasId = '', generation] = match
  return { projectId, canvasId, generation: generation === undefined ? null : Number(generation) }
}

/** The session token: from the subprotocol `token.<token>`, else from the query's `token`. */
export function tokenOf(request: SyncRequest): string | null {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  const named = offered.find((one) => one.startsWith(TOKEN_PREFIX))
  if (named !== undefined) return named.slice(TOKEN_PREFIX.length)
  const query = (request.url ?? '').split('?', 2)[1]
  return query === undefined ? null : new URLSearchParams(query).get('token')
}

/** The subprotocol to answer with; a token is never echoed. */
export function answerProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has(PROTOCOL) ? PROTOCOL : false
}
