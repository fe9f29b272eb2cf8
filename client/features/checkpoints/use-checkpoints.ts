import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { CheckpointInfo, CheckpointReport } from '../../../shared/protocol/entities.ts'
import type { RoomStore } from '../../net/room-store.ts'
import { withChange } from './checkpoint-words.ts'

/** What the list needs of the room. */
export type CheckpointRoom = Pick<RoomStore, 'command' | 'socket' | 'phase' | 'training'>

export interface Comparison {
  readonly a: CheckpointReport
  readonly b: CheckpointReport
}

export interface UseCheckpointsReturn {
  /** Newest first. */
  readonly list: Readonly<ShallowRef<readonly CheckpointInfo[]>>
  /** The one whose state the model is in; null once it has learned on. */
  readonly currentId: ComputedRef<string | null>
  readonly state: Readonly<ShallowRef<'loading' | 'ready' | 'failed'>>
  readonly error: Readonly<ShallowRef<unknown>>
  load(): Promise<void>
  /** Each throws AppError as the command does. */
  save(): Promise<CheckpointInfo>
  edit(id: string, change: { name?: string | null; pinned?: boolean }): Promise<void>
  compare(aId: string, bId: string): Promise<Comparison>
  restore(id: string): Promise<CheckpointInfo>
  remove(id: string): Promise<void>
}

/** The room's checkpoints, loaded at once, after each return into the room, and kept up by what the server tells. */
export function useCheckpoints(room: CheckpointRoom): UseCheckpointsReturn {
  const list = shallowRef<readonly CheckpointInfo[]>([])
  /** The one that the model was in when this was heard last. */
  const heardId = shallowRef<string | null>(null)
  const currentId = computed(() => {
    const heard = list.value.find(({ id }) => id === heardId.value)
    const step = room.training?.step
    return heard && (step === undefined || step === heard.step) ? heard.id : null
  })
  const state = shallowRef<'loading' | 'ready' | 'failed'>('loading')
  const error = shallowRef<unknown>(null)
  let run = 0

  async function load(): Promise<void> {
    const mine = ++run
    if (state.value === 'failed') state.value = 'loading'
    try {
      const answer = await room.command('checkpoint:list', {})
      if (mine !== run) return
      list.value = withChange([...answer.checkpoints], { added: null, changed: null, removed: [] })
      heardId.value = answer.currentId
      state.value = 'ready'
    } catch (cause) {
      if (mine !== run) return
      error.value = cause
      state.value = 'failed'
    }
  }

  function take(
    added: CheckpointInfo | null,
    changed: CheckpointInfo | null,
    removed: readonly string[],
  ): void {
    list.value = withChange(list.value, { added, changed, removed })
    if (added) heardId.value = added.id
  }

  const stop = room.socket?.on('checkpoint:changed', ({ added, changed, removed }) => {
    take(added, changed, removed)
  })
  watch(
    () => room.phase.state,
    (now) => {
      if (now === 'live') void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    run++
    stop?.()
  })

  return {
    list,
    currentId,
    state,
    error,
    load,
    async save() {
      const saved = await room.command('checkpoint:save', {})
      take(saved, null, [])
      return saved
    },
    async edit(checkpointId, change) {
      take(null, await room.command('checkpoint:edit', { checkpointId, ...change }), [])
    },
    compare: (aId, bId) => room.command('checkpoint:compare', { aId, bId }),
    async restore(checkpointId) {
      const { checkpoint, training } = await room.command('checkpoint:restore', { checkpointId })
      room.training = training
      take(checkpoint, null, [])
      return checkpoint
    },
    async remove(checkpointId) {
      await room.command('checkpoint:delete', { checkpointId })
      take(null, null, [checkpointId])
    },
  }
}
