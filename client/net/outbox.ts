import { shallowRef, watch, type ShallowRef } from 'vue'
import { AppError, type ErrorCode } from '../../shared/protocol/errors.ts'
import type { CommandResults } from '../../shared/protocol/events.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import type { RoomSocket } from './socket.ts'

/** The commands that carry an idempotency key: sent twice, they count once. */
export type KeyedCommand = {
  [C in CommandName]: CommandInput<C> extends { readonly idempotencyKey: string } ? C : never
}[CommandName]

/** Where a command is: `kept` here while there is no answer to be had, `sent`, then gone once `saved`. */
export type OutboxState = 'kept' | 'sent'

export const MAX_OUTBOX = 100
/** Answers after which the same command may well succeed. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'stopping', 'too-many', 'strokes-missing'])
/** Strokes that have not arrived after so many tries, each of which waits on the server, are not coming. */
const MAX_MISSING = 8
const FIRST_PAUSE_MS = 400
const MOST_PAUSE_MS = 10_000

interface Entry {
  state: OutboxState
  pauseMs: number
  missing: number
  timer: ReturnType<typeof setTimeout> | null
  attempt(): Promise<void>
  reject(error: AppError): void
}

export interface Outbox {
  /** Commands not acknowledged yet, by idempotency key. */
  readonly states: Readonly<ShallowRef<ReadonlyMap<string, OutboxState>>>
  /**
   * Sends a command until it is acknowledged, through any number of lost connections.
   * @throws AppError for a lasting refusal; `full` when MAX_OUTBOX commands wait already; `unavailable` once closed.
   */
  send<C extends KeyedCommand>(name: C, payload: CommandInput<C>): Promise<CommandResults[C]>
  close(): void
}

/** Keeps keyed commands until the server has acknowledged them. */
export function createOutbox(socket: Pick<RoomSocket, 'command' | 'status'>): Outbox {
  const entries = new Map<string, Entry>()
  const states = shallowRef<ReadonlyMap<string, OutboxState>>(new Map())
  let closed = false

  const show = (): void => {
    states.value = new Map([...entries].map(([key, { state }]) => [key, state]))
  }
  const leave = (key: string): void => {
    entries.delete(key)
    show()
  }

  function keep(entry: Entry): void {
    entry.state = 'kept'
    if (socket.status.value === 'online') {
      entry.timer = setTimeout(() => go(entry), entry.pauseMs)
      entry.pauseMs = Math.min(MOST_PAUSE_MS, entry.pauseMs * 2)
    }
    show()
  }

  function go(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer)
    entry.timer = null
    if (socket.status.value !== 'online') {
      keep(entry)
      return
    }
    entry.state = 'sent'
    show()
    void entry.attempt()
  }

  const stopWatching = watch(
    socket.status,
    (status) => {
      if (status !== 'online') return
      for (const entry of entries.values()) {
        entry.pauseMs = FIRST_PAUSE_MS
        if (entry.state === 'kept') go(entry)
      }
    },
    { flush: 'sync' },
  )

  function passes(entry: Entry, error: AppError): boolean {
    if (error.code === 'strokes-missing') entry.missing++
    return PASSING.has(error.code) && entry.missing < MAX_MISSING
  }

  return {
    states,
    send(name, payload) {
      const key = payload.idempotencyKey
      if (closed) return Promise.reject(new AppError('unavailable', 'the room was left'))
      if (entries.size >= MAX_OUTBOX)
        return Promise.reject(new AppError('full', 'too many labels wait to be sent'))
      if (entries.has(key))
        return Promise.reject(new AppError('conflict', 'this label is on its way already'))
      return new Promise((resolve, reject) => {
        const entry: Entry = {
          state: 'sent',
          pauseMs: FIRST_PAUSE_MS,
          missing: 0,
          timer: null,
          reject,
          async attempt() {
            try {
              const result = await socket.command(name, payload)
              leave(key)
              resolve(result)
            } catch (cause) {
              if (closed) return
              const error = cause instanceof AppError ? cause : new AppError('internal', undefined, { cause })
              if (passes(entry, error)) {
                keep(entry)
              } else {
                leave(key)
                reject(error)
              }
            }
          },
        }
        entries.set(key, entry)
        go(entry)
      })
    },
    close() {
      closed = true
      stopWatching()
      for (const entry of entries.values()) {
        if (entry.timer !== null) clearTimeout(entry.timer)
        entry.reject(new AppError('unavailable', 'the room was left before an answer came'))
      }
      entries.clear()
      show()
    },
  }
}
