export type LearningErrorCode =
  | 'not-ready'
  | 'unknown-project'
  | 'checkpoint-damaged'
  | 'starter-damaged'
  | 'full'
  | 'worker-died'
  | 'stopped'
  | 'diverged'
  | 'bad-settings'
  | 'job-running'
  | 'no-job'
  | 'no-mnist'
  | 'too-few'
  | 'internal'

/** What the network could not do, naming why. */
export class LearningError extends Error {
  override readonly name = 'LearningError'
  constructor(
    readonly code: LearningErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

const codes: ReadonlySet<string> = new Set<LearningErrorCode>([
  'not-ready',
  'unknown-project',
  'checkpoint-damaged',
  'starter-damaged',
  'full',
  'worker-died',
  'stopped',
  'diverged',
  'bad-settings',
  'job-running',
  'no-job',
  'no-mnist',
  'too-few',
])

/** Any error as a LearningError, with the code it carries where that is one of ours. */
export function toLearningError(error: unknown): LearningError {
  if (error instanceof LearningError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  return new LearningError(isCode(code) ? code : 'internal', message, { cause: error })
}

function isCode(code: string): code is LearningErrorCode {
  return codes.has(code)
}
