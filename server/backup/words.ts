import type { BackupKind } from '../storage/records.ts'
import { backupKinds } from './kinds.ts'
import type { BackupContents } from './read-backup.ts'

/** One and many of each kind. */
const names: Readonly<Record<BackupKind, readonly [string, string]>> = {
  project: ['project', 'projects'],
  user: ['person', 'people'],
  canvas: ['canvas', 'canvases'],
  drawing: ['drawing', 'drawings'],
  checkpoint: ['model', 'models'],
  class: ['class', 'classes'],
  member: ['membership', 'memberships'],
  code: ['join code', 'join codes'],
  prediction: ['guess', 'guesses'],
  accuracy: ['point of accuracy', 'points of accuracy'],
  deletion: ['note of a deletion', 'notes of deletions'],
  'deleted-page': ['deleted page', 'deleted pages'],
  meta: ['setting of the server', 'settings of the server'],
}

/** The counts in words, without the kinds there are none of. */
export function countWords(counts: Readonly<Partial<Record<BackupKind, number>>>): string {
  const words = (Object.keys(names) as BackupKind[]).flatMap((kind) => {
    const count = counts[kind] ?? 0
    return count === 0 ? [] : [`${String(count)} ${names[kind][count === 1 ? 0 : 1]}`]
  })
  return words.length === 0 ? 'nothing' : words.join(', ')
}

/** What a file holds, in lines. */
export function contentWords({ counts, createdAt, program, store, bytes }: BackupContents): string {
  const made = new Date(createdAt).toISOString()
  return `  ${countWords(counts)}\n  made ${made} by Trainboard ${program} from ${store}; ${sizeWords(bytes)}`
}

export function sizeWords(bytes: number): string {
  return bytes < 1_000_000 ? `${String(Math.ceil(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

export function totalOf(counts: Readonly<Partial<Record<BackupKind, number>>>): number {
  return backupKinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0)
}
