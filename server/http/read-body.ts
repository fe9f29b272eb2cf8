import { AppError } from '../../shared/protocol/errors.ts'
import { bodySchemas, type Body, type BodyName } from '../../shared/protocol/rest.ts'

/** The body of an endpoint, checked. @throws AppError `invalid` naming the first field at fault */
export function readBody<B extends BodyName>(name: B, body: unknown): Body<B> {
  const parsed = bodySchemas[name].safeParse(body ?? {})
  if (parsed.success) return parsed.data as Body<B>
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  const detail = path === '' ? (issue?.message ?? 'not well formed') : `${path}: ${issue?.message ?? ''}`
  throw new AppError('invalid', detail, path === '' ? {} : { path })
}
