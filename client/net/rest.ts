import { AppError, errorCodes, type ErrorCode } from '../../shared/protocol/errors.ts'
import type { Problem } from '../../shared/protocol/rest.ts'
import { NoAnswerError } from './no-answer.ts'

const TIMEOUT_MS = 15_000

export interface RestRequest {
  readonly body?: unknown
  readonly token?: string | null
  readonly signal?: AbortSignal
}

/**
 * One request below /api/v1. `Reply` is what the contract says the endpoint answers.
 * @throws AppError with the code of the problem document; `unavailable` when no answer came.
 */
export async function request<Reply>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { body, token, signal }: RestRequest = {},
): Promise<Reply> {
  const headers = new Headers({ Accept: 'application/json' })
  if (body !== undefined) headers.set('Content-Type', 'application/json')
  if (token) headers.set('Authorization', `Bearer ${token}`)
  const response = await answered(`/api/v1${path}`, {
    method,
    headers,
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = await jsonOf(response)
  if (!response.ok) throw errorOf(response.status, answer)
  return answer as Reply
}

async function answered(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    throw new NoAnswerError('No answer from the room’s computer', cause)
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  if (response.status === 204) return {}
  try {
    return await response.json()
  } catch (cause) {
    if (!response.ok) return null
    throw new AppError('internal', 'The answer cannot be read', { cause })
  }
}

function errorOf(status: number, answer: unknown): AppError {
  if (isProblem(answer)) {
    const options = answer.path === undefined ? {} : { path: answer.path }
    return new AppError(isErrorCode(answer.code) ? answer.code : codeOfStatus(status), answer.detail, options)
  }
  return new AppError(codeOfStatus(status))
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 429) return 'too-many'
  if (status >= 502 && status <= 504) return 'unavailable'
  return status >= 500 ? 'internal' : 'invalid'
}
