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

/** Yjs client ids that one connection may declare. */
const MAX_DECLARED = 20
const CLIENT_ID = /^[0-9]{1,10}$/
const LARGEST_CLIENT_ID = 2 ** 32 - 1

/** The Yjs client ids that the query's `clients` names, those past the first 20 and what is none left out. */
export function clientsOf(request: SyncRequest): ReadonlySet<number> {
  const query = (request.url ?? '').split('?', 2)[1]
  const named = query === undefined ? null : new URLSearchParams(query).get('clients')
  const ids = (named ?? '').split(',', MAX_DECLARED).filter((id) => CLIENT_ID.test(id))
  return new Set(ids.map(Number).filter((id) => id <= LARGEST_CLIENT_ID))
}

/** The subprotocol to answer with; a token is never echoed. */
export function answerProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has(PROTOCOL) ? PROTOCOL : false
}
