import { watch, type ShallowRef } from 'vue'
import { AppError } from '../../shared/protocol/errors.ts'
import type { RoomState } from '../../shared/protocol/events.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import type { RoomPhase } from './room-state.ts'
import type { RoomSocket } from './socket.ts'

const RETRY_MS = 2_000
/** About how often to ask whether a session that is over was opened again: nobody outside is told. */
const ENDED_MS = 6_000

export interface RoomEntryOptions {
  readonly socket: Pick<RoomSocket, 'command' | 'onReconnect'>
  readonly projectId: string
  readonly phase: ShallowRef<RoomPhase>
  /** The server has let this page in. */
  readonly onState: (state: RoomState) => void
}

export interface RoomEntry {
  /** Resolves once the server has let us in, or will not. */
  join(): Promise<void>
  stop(): void
}

/** The way into a room: asks until there is an answer, again after each lost connection, and while the session is over. */
export function createRoomEntry({ socket, projectId, phase, onState }: RoomEntryOptions): RoomEntry {
  let stopped = false
  let retry: ReturnType<typeof setTimeout> | undefined
  let reopening: ReturnType<typeof setTimeout> | undefined
  /** Ends the pause before the next try. */
  let waited: () => void = () => undefined
  let joining: Promise<void> | null = null
  /** Whether there is news that the answer under way may not have heard of: a new connection, an admission. */
  let askedAgain = false

  /** One at a time: two would each open the room. */
  function join(): Promise<void> {
    askedAgain = joining !== null
    waited()
    joining ??= tryJoining().finally(() => (joining = null))
    return joining
  }
  async function tryJoining(): Promise<void> {
    for (let again = true; again;) {
      askedAgain = false
      again = await ask()
    }
  }
  /** Answers whether to ask again. */
  async function ask(): Promise<boolean> {
    try {
      const state = await socket.command('room:join', { projectId, protocol: PROTOCOL_VERSION })
      if (!stopped) onState(state)
      return false
    } catch (error) {
      if (isStopped()) return false
      const refusal =
        error instanceof AppError ? error : new AppError('internal', undefined, { cause: error })
      if (refusal.code === 'unavailable' || refusal.code === 'stopping') {
        if (!askedAgain) await pause()
        return !isStopped()
      }
      if (refusal.code === 'waiting' && askedAgain) return true
      phase.value =
        refusal.code === 'waiting' || refusal.code === 'ended'
          ? { state: refusal.code }
          : { state: 'refused', error: refusal.toWire() }
      return false
    }
  }
  function pause(): Promise<void> {
    return new Promise((resolve) => {
      waited = resolve
      retry = setTimeout(resolve, RETRY_MS * (0.5 + Math.random()))
    })
  }
  const isStopped = (): boolean => stopped

  // What waits for the connection goes out only after this: outside of the room the server refuses it.
  const stopRejoining = socket.onReconnect(() => {
    // Who was sent away comes back by their own will alone.
    const { state } = phase.value
    return state === 'turned-away' || state === 'removed' || state === 'deleted' ? undefined : join()
  })
  const stopReopening = watch(
    phase,
    ({ state }) => {
      clearTimeout(reopening)
      if (state === 'ended') reopening = setTimeout(() => void join(), ENDED_MS * (0.5 + Math.random()))
    },
    { flush: 'sync' },
  )

  return {
    join,
    stop() {
      stopped = true
      clearTimeout(retry)
      clearTimeout(reopening)
      waited()
      stopRejoining()
      stopReopening()
    },
  }
}
