import { pino, type Logger } from 'pino'

export type Log = Logger

export interface LogOptions {
  readonly level: string
  /** One readable line an entry instead of JSON, for a terminal. */
  readonly pretty: boolean
}

/** Tokens and queries are never passed to it; the paths below are a second line of defence. */
export async function createLog({ level, pretty }: LogOptions): Promise<Log> {
  const options = {
    level,
    base: null,
    redact: ['*.authorization', 'authorization', '*.token', 'token', '*.secret', 'secret'],
  }
  if (!pretty) return pino(options)
  const { default: prettyStream } = await import('pino-pretty')
  return pino(options, prettyStream({ sync: true, translateTime: 'SYS:HH:MM:ss', singleLine: true }))
}
