import type { Socket } from 'socket.io-client'
import { AppError, errorCodes, type ErrorCode } from '../../shared/protocol/errors.ts'
import type { CommandResults } from '../../shared/protocol/events.ts'
import type { CommandInput, CommandName } from '../../shared/protocol/payloads.ts'
import { NoAnswerError } from './no-answer.ts'
import { withBytes } from './with-bytes.ts'

/**
 * Emits a command and reads its acknowledgement.
 * @throws AppError as the server sent it; NoAnswerError when the connection broke or no answer came in time.
 */
export function sendCommand<C extends CommandName>(
  socket: Socket,
  name: C,
  payload: CommandInput<C>,
  timeoutMs: number,
): Promise<CommandResults[C]> {
  return new Promise((resolve, reject) => {
    socket.timeout(timeoutMs).emit(name, payload, (broken: Error | null, reply: unknown) => {
      if (broken) reject(noAnswer(name, broken))
      else {
        try {
          resolve(resultOf(name, withBytes(reply)) as CommandResults[C])
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
    })
  })
}

export function noAnswer(name: CommandName, cause?: unknown): NoAnswerError {
  return new NoAnswerError(`no answer to ${name}`, cause)
}

function resultOf(name: CommandName, reply: unknown): unknown {
  if (isObject(reply) && 'ok' in reply) return reply['ok']
  const error = isObject(reply) ? reply['error'] : undefined
  if (!isObject(error)) throw new AppError('internal', `an answer to ${name} that cannot be read`)
  const { code, detail, path } = error
  throw new AppError(
    typeof code === 'string' && code in errorCodes ? (code as ErrorCode) : 'internal',
    typeof detail === 'string' ? detail : undefined,
    typeof path === 'string' ? { path } : {},
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
