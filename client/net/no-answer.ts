import { AppError } from '../../shared/protocol/errors.ts'

/** Nobody answered: whether what was asked for was done is not known. */
export class NoAnswerError extends AppError {
  constructor(detail: string, cause?: unknown) {
    super('unavailable', detail, { cause })
  }
}
