import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const TASKSET = '/usr/bin/taskset'

/** The server's core, and that of everybody else. */
export const SERVER_CORE = 0
export const CLIENT_CORE = 1

/** The command on one core alone; as it is where the system cannot pin a process or has not that many cores. */
export function pinned(core: number, command: readonly string[]): readonly [string, ...string[]] {
  const [program = process.execPath, ...words] = command
  if (!existsSync(TASKSET) || core >= availableParallelism()) return [program, ...words]
  return [TASKSET, '-c', String(core), program, ...words]
}
