import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { DeletionInfo } from '../../../shared/protocol/entities.ts'
import type { RoomStore } from '../../net/room-store.ts'

export type DeletionsRoom = Pick<RoomStore, 'command' | 'socket'>

export interface UseDeletionsReturn {
  /** Newest first. */
  readonly list: Readonly<ShallowRef<readonly DeletionInfo[]>>
  readonly failure: Readonly<ShallowRef<unknown>>
  load(): Promise<void>
}

/** What was deleted in the room, and which checkpoints still carry it; asked anew whenever either changes. */
export function useDeletions(room: DeletionsRoom): UseDeletionsReturn {
  const list = shallowRef<readonly DeletionInfo[]>([])
  const failure = shallowRef<unknown>(null)
  let run = 0

  async function load(): Promise<void> {
    const mine = ++run
    try {
      const { deletions } = await room.command('deletions:list', {})
      if (mine !== run) return
      list.value = deletions
      failure.value = null
    } catch (error) {
      if (mine === run) failure.value = error
    }
  }

  const stops = [
    room.socket?.on('drawings:deleted', () => void load()),
    room.socket?.on('checkpoint:changed', ({ removed }) => {
      if (removed.length > 0) void load()
    }),
  ]
  onScopeDispose(() => {
    run++
    for (const stop of stops) stop?.()
  })
  void load()

  return { list, failure, load }
}
