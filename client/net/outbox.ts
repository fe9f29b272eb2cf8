import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { AppError, type ErrorCode } from '../../shared/protocol/errors.ts'
import type { CommandResults } from '../../shared/protocol/events.ts'
import { commandSchemas, type CommandInput, type CommandName } from '../../shared/protocol/payloads.ts'
import { retryPause } from './jitter.ts'
import type { KeptCommand } from './local-db.ts'
import { NoAnswerError } from './no-answer.ts'
import type { OutboxKeeper } from './outbox-keeper.ts'
import type { RoomSocket } from './socket.ts'

/** The commands that carry an idempotency key: sent twice, they count once. */
export type KeyedCommand = {
  [C in CommandName]: CommandInput<C> extends { readonly idempotencyKey: string } ? C : never
}[CommandName]

/** Where a command is: `kept` here while there is no answer to be had, `sent`, then gone once `saved`. */
export type OutboxState = 'kept' | 'sent'

/** A command of an earlier page load that the server will not take. */
export interface LostCommand {
  readonly name: KeyedCommand
  readonly payload: CommandInput<KeyedCommand>
  readonly error: AppError
}

export const MAX_OUTBOX = 100
/** Answers after which the same command may well succeed. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unavailable', 'stopping', 'too-many', 'strokes-missing'])
/** One that passes as well for a command that was given before: whoever gave it cannot wait and give it again. */
const PASSING_LATER: ReadonlySet<ErrorCode> = new Set([...PASSING, 'locked'])
/** Strokes that have not arrived after so many tries, each of which waits on the server, are not coming. */
const MAX_MISSING = 8
/** A server whose store is away refuses until it is back, and what is kept here is meant to be saved soon after. */
const MOST_PAUSE_MS = 2_000
const KEYED: ReadonlySet<string> = new Set<KeyedCommand>(['drawing:label', 'drawing:keep', 'drawing:opine'])

interface Entry {
  readonly key: string
  /** Commands of one page, or of one drawing, go one after the other. */
  readonly lane: string
  state: OutboxState
  /** Whether it outlives this page. */
  safe: boolean
  /** Whether an earlier page load gave it. */
  readonly earlier: boolean
  underWay: boolean
  /** Whether the server said at the last try that it cannot save it. */
  refused: boolean
  /** In vain, since the connection stands. */
  tries: number
  missing: number
  timer: ReturnType<typeof setTimeout> | null
  attempt(): Promise<void>
  reject(error: AppError): void
}

export interface OutboxOptions {
  /** Keeps commands beyond this page; without it they end with it. */
  readonly keeper?: OutboxKeeper
  /** A command of an earlier page load that is refused for good. */
  readonly onLost?: (lost: LostCommand) => void
}

export interface Outbox {
  /** Commands not acknowledged yet, by idempotency key. */
  readonly states: Readonly<ShallowRef<ReadonlyMap<string, OutboxState>>>
  /** How many of them would be lost with this page. */
  readonly unkept: ComputedRef<number>
  /** How many of them the server could not save at the last try. */
  readonly refused: ComputedRef<number>
  /**
   * Sends a command until it is acknowledged, through any number of lost connections.
   * @throws AppError for a lasting refusal; `full` when MAX_OUTBOX commands wait already; `unavailable` once closed.
   */
  send<C extends KeyedCommand>(name: C, payload: CommandInput<C>): Promise<CommandResults[C]>
  /** Takes up what earlier page loads left unanswered. To be called each time the room was joined. */
  restore(): void
  close(): void
}

/** Keeps keyed commands until the server has acknowledged them. */
export function createOutbox(
  socket: Pick<RoomSocket, 'command' | 'status'>,
  { keeper, onLost }: OutboxOptions = {},
): Outbox {
  const entries = new Map<string, Entry>()
  const states = shallowRef<ReadonlyMap<string, OutboxState>>(new Map())
  const unkept = computed(() => {
    let count = 0
    for (const key of states.value.keys()) if (entries.get(key)?.safe === false) count++
    return count
  })
  const refused = computed(() => {
    let count = 0
    for (const key of states.value.keys()) if (entries.get(key)?.refused === true) count++
    return count
  })
  let closed = false
  let giveUpCare: (() => void) | null = null
  let sole = false

  const show = (): void => {
    states.value = new Map([...entries].map(([key, { state }]) => [key, state]))
  }
  const leave = (entry: Entry): void => {
    entries.delete(entry.key)
    void keeper?.remove(entry.key)
    show()
    const next = [...entries.values()].find(({ lane }) => lane === entry.lane)
    if (next?.timer === null) go(next)
  }

  function keep(entry: Entry): void {
    entry.state = 'kept'
    if (socket.status.value === 'online') {
      entry.timer = setTimeout(() => go(entry), retryPause(entry.tries++, Math.random, MOST_PAUSE_MS))
    }
    show()
  }

  function go(entry: Entry): void {
    if (closed || entry.underWay) return
    if (entry.timer !== null) clearTimeout(entry.timer)
    entry.timer = null
    if (socket.status.value !== 'online') {
      keep(entry)
      return
    }
    for (const other of entries.values()) {
      if (other === entry) break
      if (other.lane === entry.lane) return
    }
    entry.state = 'sent'
    entry.underWay = true
    show()
    void entry.attempt().finally(() => (entry.underWay = false))
  }

  const stopWatching = watch(
    socket.status,
    (status) => {
      if (status !== 'online') return
      for (const entry of entries.values()) {
        entry.tries = 0
        if (entry.state === 'kept') go(entry)
      }
    },
    { flush: 'sync' },
  )

  function passes(entry: Entry, error: AppError): boolean {
    if (error.code === 'strokes-missing') entry.missing++
    entry.refused = error.code === 'unavailable' && !(error instanceof NoAnswerError)
    return (entry.earlier ? PASSING_LATER : PASSING).has(error.code) && entry.missing < MAX_MISSING
  }

  function take<C extends KeyedCommand>(
    name: C,
    payload: CommandInput<C>,
    settle: { resolve(result: CommandResults[C]): void; reject(error: AppError): void },
    earlier: boolean,
  ): Entry {
    const entry: Entry = {
      key: payload.idempotencyKey,
      lane: laneOf(payload),
      state: 'kept',
      safe: earlier,
      earlier,
      underWay: false,
      refused: false,
      tries: 0,
      missing: 0,
      timer: null,
      reject: (error) => settle.reject(error),
      async attempt() {
        try {
          const result = await socket.command(name, payload)
          if (!closed) leave(entry)
          else void keeper?.remove(entry.key)
          settle.resolve(result)
        } catch (cause) {
          if (closed) return
          const error = cause instanceof AppError ? cause : new AppError('internal', undefined, { cause })
          entry.underWay = false
          if (passes(entry, error)) keep(entry)
          else {
            leave(entry)
            settle.reject(error)
          }
        }
      },
    }
    entries.set(entry.key, entry)
    return entry
  }

  async function takeUp(): Promise<void> {
    const left = (await keeper?.list()) ?? []
    for (const kept of left) {
      if (closed || entries.has(kept.key)) continue
      const readable = read(kept)
      if (!readable) {
        void keeper?.remove(kept.key)
        continue
      }
      const { name, payload } = readable
      const refused = (error: AppError): void => {
        if (!closed) onLost?.({ name, payload, error })
      }
      go(take(name, payload, { resolve: () => undefined, reject: refused }, true))
    }
  }

  return {
    states,
    unkept,
    refused,
    send(name, payload) {
      if (closed) return Promise.reject(new AppError('unavailable', 'the room was left'))
      if (entries.size >= MAX_OUTBOX)
        return Promise.reject(new AppError('full', 'This device cannot keep more until it is online again'))
      if (entries.has(payload.idempotencyKey))
        return Promise.reject(new AppError('conflict', 'this label is on its way already'))
      return new Promise((resolve, reject) => {
        const entry = take(name, payload, { resolve, reject }, false)
        void keeper?.add({ key: entry.key, name, payload }).then((safe) => {
          entry.safe = safe
          if (entries.has(entry.key)) show()
        })
        entry.state = 'sent'
        go(entry)
        show()
      })
    },
    restore() {
      if (closed || !keeper) return
      if (sole) void takeUp()
      else {
        giveUpCare ??= keeper.whenSole(() => {
          sole = true
          void takeUp()
        })
      }
    },
    close() {
      closed = true
      stopWatching()
      giveUpCare?.()
      for (const entry of entries.values()) {
        if (entry.timer !== null) clearTimeout(entry.timer)
        entry.reject(new AppError('unavailable', 'the room was left before an answer came'))
      }
      entries.clear()
      show()
    },
  }
}

function laneOf(payload: CommandInput<KeyedCommand>): string {
  return 'drawingId' in payload ? payload.drawingId : `${payload.canvasId}/${payload.pageId}`
}

/** A kept command as it can be sent; null for what an older or newer page wrote otherwise. */
function read(kept: KeptCommand): { name: KeyedCommand; payload: CommandInput<KeyedCommand> } | null {
  if (!KEYED.has(kept.name)) return null
  const name = kept.name as KeyedCommand
  const payload = commandSchemas[name].safeParse(kept.payload)
  return payload.success ? { name, payload: payload.data } : null
}
