import type { ClassInfo } from '../../shared/protocol/entities.ts'

/**
 * Probabilities of a model in the order of the room's classes; a class the model does not know yet has 0. Null
 * when the numbers do not belong to these classes (a guess of a model that is not known any more).
 */
export function alignProbabilities(
  classIds: readonly string[],
  probabilities: readonly number[],
  classes: readonly ClassInfo[],
): readonly number[] | null {
  if (classIds.length !== probabilities.length) return null
  const byId = new Map(classIds.map((id, index) => [id, probabilities[index] ?? 0]))
  return classes.map(({ id }) => byId.get(id) ?? 0)
}
