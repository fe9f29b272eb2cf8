/** Every error a client may meet, in REST (as `code` of a problem document), in a socket acknowledgement and in a close reason. */
export const errorCodes = {
  invalid: { status: 400, title: 'The request is not well formed' },
  unauthenticated: { status: 401, title: 'A session is needed' },
  forbidden: { status: 403, title: 'Not allowed in this role' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'unknown-project': { status: 404, title: 'There is no such project' },
  'unknown-code': { status: 404, title: 'No room has this code' },
  'unknown-canvas': { status: 404, title: 'There is no such canvas' },
  'unknown-page': { status: 404, title: 'There is no such page' },
  'unknown-class': { status: 404, title: 'There is no such class' },
  'unknown-drawing': { status: 404, title: 'There is no such drawing' },
  'unknown-person': { status: 404, title: 'There is no such person' },
  'empty-drawing': { status: 409, title: 'There is nothing drawn on the page' },
  'strokes-missing': { status: 409, title: 'The strokes of the drawing have not arrived yet' },
  conflict: { status: 409, title: 'This collides with something that exists' },
  full: { status: 409, title: 'A limit is reached' },
  locked: { status: 409, title: 'Labels are locked at the moment' },
  waiting: { status: 403, title: 'Somebody in the room has to let you in' },
  ended: { status: 403, title: 'The session has ended' },
  'too-large': { status: 413, title: 'The request is too large' },
  'too-many': { status: 429, title: 'Too many requests' },
  'protocol-version': { status: 400, title: 'This page is out of date' },
  stopping: { status: 503, title: 'The server is stopping' },
  unavailable: { status: 503, title: 'This is not available at the moment' },
  internal: { status: 500, title: 'Something went wrong on the server' },
} as const

export type ErrorCode = keyof typeof errorCodes

/** What the wire shows of an error. `detail` names what was wrong; `path` the field of the payload, dotted. */
export interface WireError {
  readonly code: ErrorCode
  readonly detail: string
  readonly path?: string
}

/** An error meant for the client. Anything else that is thrown shows there as `internal` alone. */
export class AppError extends Error {
  override readonly name = 'AppError'
  constructor(
    readonly code: ErrorCode,
    detail?: string,
    options: { cause?: unknown; path?: string } = {},
  ) {
    super(
      detail ?? errorCodes[code].title,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.path = options.path
  }
  readonly path: string | undefined

  toWire(): WireError {
    return { code: this.code, detail: this.message, ...(this.path === undefined ? {} : { path: this.path }) }
  }
}

/** Close codes of the canvas sockets. y-websocket stops reconnecting on 4400 to 4499. */
export const closeCodes = {
  restarting: 1012,
  overloaded: 1013,
  unauthenticated: 4401,
  revoked: 4403,
  deleted: 4404,
  rebuild: 4409,
} as const

/** Reasons of a `revoked` close that pass by themselves: the person is still a member. */
export const passingReasons = {
  waiting: 'waiting to be let in',
  ended: 'the session has ended',
} as const
