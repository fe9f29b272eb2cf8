import type { EventEmitter } from 'node:events'

/** Ctrl-C in a terminal reaches both npm, which passes it on, and the server: signals this close, in ms, are one. */
const ONE_SIGNAL_MS = 1_000
const PARENT_POLL_MS = 250
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** What is needed of the process; a fake one in tests. */
export interface SignalSource extends Pick<EventEmitter, 'on' | 'off'> {
  readonly ppid: number
}

export interface SignalOptions {
  readonly source: SignalSource
  /** Ms that only grow. */
  readonly now: () => number
  /** Whether npm started this process: it dies of SIGTERM without passing it on. */
  readonly startedByNpm: boolean
  /** The first signal, once. */
  readonly stop: (reason: string) => void
  /** A second one later than a second after the first. */
  readonly exitAtOnce: (reason: string) => void
}

/** Hears the signals that mean 'stop', whoever started the process. Answers a function that stops hearing. */
export function hearSignals({ source, now, startedByNpm, stop, exitAtOnce }: SignalOptions): () => void {
  let firstAt: number | null = null
  const heard = (reason: string): void => {
    if (firstAt === null) {
      firstAt = now()
      stop(reason)
    } else if (now() - firstAt > ONE_SIGNAL_MS) exitAtOnce(reason)
  }
  for (const signal of SIGNALS) source.on(signal, heard)

  const parent = source.ppid
  const poll = setInterval(() => {
    if (source.ppid === parent) return
    clearInterval(poll)
    if (firstAt === null) heard('the end of npm')
  }, PARENT_POLL_MS)
  poll.unref()
  if (!startedByNpm) clearInterval(poll)

  return () => {
    clearInterval(poll)
    for (const signal of SIGNALS) source.off(signal, heard)
  }
}
