import type { Replay } from '../replay.ts'
import { withoutDrawings } from './arrivals.ts'
import type { Pending } from './pending.ts'
import type { TrainingState } from './state.ts'

/**
 * Leaves out the drawings of classes that are not among `classIds` any more, as a restart would, which reads the log with
 * no class in their place. Those that wait to come to another class stay until then.
 */
export function dropRemovedClasses(
  classIds: readonly string[],
  state: TrainingState,
  replay: Replay,
  pending: Pending,
): void {
  for (const classId of state.classIds) {
    if (classIds.includes(classId)) continue
    pending.dropClass(classId)
    const gone = replay.dropClass(classId, (id) => pending.has(id))
    if (state.group) state.group = withoutDrawings(state.group, gone)
  }
}
