import { AppError } from '../../shared/protocol/errors.ts'
import type { Ack, CommandResults } from '../../shared/protocol/events.ts'
import { commandSchemas, type CommandName, type CommandPayload } from '../../shared/protocol/payloads.ts'
import type { Clock } from '../ops/clock.ts'
import { toAppError } from '../rooms/part-error.ts'
import type { RoomLog, RoomMetrics } from '../rooms/ports.ts'
import type { RunningCommands } from './running-commands.ts'

/** Runs a validated command; what it rejects with becomes the error of the acknowledgement. */
export type Run<C extends CommandName> = (payload: CommandPayload<C>) => Promise<CommandResults[C]>
export type Commands = { readonly [C in CommandName]: Run<C> }

export interface HandleOptions {
  readonly log: RoomLog
  readonly clock: Clock
  readonly metrics: RoomMetrics | undefined
  /** Whether the connection may run another command now. */
  readonly allow: () => boolean
  readonly running: Pick<RunningCommands, 'run'>
}

/**
 * Makes the listener of a command: payload against its schema, then `run`, then exactly one acknowledgement.
 * A command without an acknowledgement callback is refused silently: nobody would hear of its error.
 */
export function handle<C extends CommandName>(
  command: C,
  run: Run<C>,
  { log, clock, metrics, allow, running }: HandleOptions,
): (payload: unknown, ack: unknown) => void {
  return (payload, ack) => {
    if (!isCallback(ack)) return
    const reply = (answer: Ack<CommandResults[C]>): void => ack(answer)
    const from = clock.now()
    const work = async (): Promise<CommandResults[C]> => {
      if (!allow()) {
        metrics?.refused('commands')
        throw new AppError('too-many', 'Too many commands at once; try again in a moment')
      }
      return running.run(() => run(parse(command, payload)))
    }
    work().then(
      (ok) => {
        metrics?.observe('command', clock.now() - from)
        reply({ ok })
      },
      (error: unknown) => {
        metrics?.count('commands_refused')
        reply({ error: told(error, command, log).toWire() })
      },
    )
  }
}

function isCallback(ack: unknown): ack is (answer: unknown) => void {
  return typeof ack === 'function'
}

function parse<C extends CommandName>(command: C, payload: unknown): CommandPayload<C> {
  const parsed = commandSchemas[command].safeParse(payload)
  if (parsed.success) return parsed.data as CommandPayload<C>
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw new AppError('invalid', `${path === '' ? command : path}: ${issue?.message ?? 'not well formed'}`, {
    ...(path === '' ? {} : { path }),
    cause: parsed.error,
  })
}

function told(error: unknown, command: string, log: RoomLog): AppError {
  if (!(error instanceof AppError)) log.error({ err: error, command }, 'a command failed')
  return toAppError(error)
}
