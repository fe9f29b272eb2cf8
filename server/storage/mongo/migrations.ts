import { StoreError } from '../store.ts'
import type { ServerDocument } from './lease-book.ts'

/** What a migration may use; each step can be repeated, since a crash may come before its number is written. */
export interface MigrationContext {
  readonly epoch: number
  prepareEpoch(epoch: number): Promise<void>
}

type Migration = (context: MigrationContext) => Promise<void>

/** From version i to version i + 1 of the collections' shape; a released one is never changed. */
const migrations: readonly Migration[] = [(context) => context.prepareEpoch(context.epoch)]

/** @throws StoreError `unavailable` for data of a newer version, which is left alone */
export function acceptSchema({ schema }: Pick<ServerDocument, 'schema'>): void {
  if (schema <= migrations.length) return
  throw new StoreError(
    'unavailable',
    `the database is of version ${String(schema)}, made by a newer Trainboard; this one knows ${String(migrations.length)}`,
  )
}

/** Brings the collections to this server's version, writing down each step once it is done. */
export async function migrate(
  from: number,
  context: MigrationContext,
  done: (version: number) => Promise<void>,
): Promise<void> {
  for (const [index, step] of migrations.entries()) {
    if (index < from) continue
    await step(context)
    await done(index + 1)
  }
}
