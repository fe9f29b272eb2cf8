import { classNameSchema, type ClassInfo } from '../../../shared/protocol/entities.ts'
import { nameKey, tidyText } from '../../../shared/protocol/text.ts'

/** What is wrong with a name for a class, null for nothing; `selfId` is the class that is renamed. */
export function nameFault(
  name: string,
  classes: readonly ClassInfo[],
  selfId?: string,
): 'missing' | 'tooLong' | 'twice' | null {
  if (tidyText(name) === '') return 'missing'
  if (!classNameSchema.safeParse(name).success) return 'tooLong'
  const key = nameKey(name)
  return classes.some((one) => one.id !== selfId && nameKey(one.name) === key) ? 'twice' : null
}
