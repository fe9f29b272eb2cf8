import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { CheckpointInfo, DrawingListItem } from '../../../shared/protocol/entities.ts'
import { usePaged, type UsePagedReturn } from '../../composables/paged.ts'
import type { RoomStore } from '../../net/room-store.ts'
import { everything, queryOf, type DrawingChoice } from './drawing-filter.ts'

const PAGE = 60

/** What the list needs of the room. */
export type DrawingRoom = Pick<RoomStore, 'command' | 'socket'>

export interface UseDrawingsReturn extends UsePagedReturn<DrawingListItem> {
  /** Which drawings are listed; a change loads anew. */
  readonly choice: Ref<DrawingChoice>
  /**
   * Deletes a drawing for good. Answers the checkpoints that still carry what was learned from it.
   * @throws AppError as the command does
   */
  remove(drawingId: string): Promise<readonly CheckpointInfo[]>
}

/** The room's drawings, newest first; what is deleted anywhere leaves the list. */
export function useDrawings(room: DrawingRoom): UseDrawingsReturn {
  const choice = ref<DrawingChoice>(everything)
  const paged = usePaged<DrawingListItem>((before) =>
    room.command('drawing:list', {
      ...queryOf(choice.value),
      limit: PAGE,
      ...(before === null ? {} : { before }),
    }),
  )

  function drop(drawingIds: readonly string[]): void {
    const gone = new Set(drawingIds)
    paged.items.value = paged.items.value.filter(({ id }) => !gone.has(id))
  }

  const stop = room.socket?.on('drawings:deleted', ({ drawingIds }) => drop(drawingIds))
  onScopeDispose(() => stop?.())
  watch(choice, () => void paged.reload(), { immediate: true })

  return {
    ...paged,
    choice,
    async remove(drawingId) {
      const { checkpoints } = await room.command('drawing:delete', { drawingId })
      drop([drawingId])
      return checkpoints
    },
  }
}
