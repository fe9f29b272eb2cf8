import type { BackupKind } from '../storage/records.ts'

/**
 * Every kind, in the order in which they are read: what belongs to a record comes before that record, so that it is
 * in the same backup although people go on drawing.
 */
export const backupKinds = [
  'prediction',
  'accuracy',
  'checkpoint',
  'drawing',
  'deletion',
  'deleted-page',
  'canvas',
  'class',
  'code',
  'member',
  'project',
  'user',
  'meta',
] as const satisfies readonly BackupKind[]
