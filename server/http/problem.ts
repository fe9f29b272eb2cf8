import { AppError, errorCodes, type ErrorCode } from '../../shared/protocol/errors.ts'
import type { Problem } from '../../shared/protocol/rest.ts'
import { toAppError } from '../rooms/part-error.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** The problem document of an error. What is no AppError shows as `internal` alone, without its words. */
export function toProblem(error: unknown): Problem {
  const { code, message, path } = withFrameworkErrors(error)
  const { status, title } = errorCodes[code]
  return {
    type: 'about:blank',
    title,
    status,
    code,
    detail: message,
    ...(path === undefined ? {} : { path }),
  }
}

/** What the web framework refuses by itself. */
const frameworkErrors: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', ['too-large', 'The body is too large']],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', ['invalid', 'The body must be JSON (content-type: application/json)']],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', ['invalid', 'The body is empty, where JSON is expected']],
  ['FST_ERR_CTP_INVALID_JSON_BODY', ['invalid', 'The body is no JSON']],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', ['invalid', 'The body is not as long as its content-length says']],
])

/** Gives errors of the web framework their code, those of the server's parts theirs. */
function withFrameworkErrors(cause: unknown): AppError {
  const known = frameworkErrors.get(frameworkCode(cause) ?? '')
  if (known) return new AppError(known[0], known[1], { cause })
  if (cause instanceof SyntaxError) return new AppError('invalid', 'The body is no JSON', { cause })
  if (statusOf(cause) === 400) return new AppError('invalid', 'The request cannot be read', { cause })
  return toAppError(cause)
}

function frameworkCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null
}
