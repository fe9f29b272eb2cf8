import type { ProjectInfo } from '../../shared/protocol/entities.ts'
import type { ProjectRecord } from '../storage/records.ts'

/** What members see of a project's record. */
export function toProjectInfo({ id, name, template, createdAt, settings }: ProjectRecord): ProjectInfo {
  return { id, name, template, createdAt, settings }
}
