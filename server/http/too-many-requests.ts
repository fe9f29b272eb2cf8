import { AppError } from '../../shared/protocol/errors.ts'

/** `too-many`, with when to try again. */
export class TooManyRequests extends AppError {
  constructor(
    detail: string,
    /** Seconds, whole and at least 1. */
    readonly retryAfterS: number,
  ) {
    super('too-many', detail)
  }
}
