import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { RoomStore } from '../net/room-store.ts'
import { useAttempt } from './attempt.ts'
import { useToasts } from './toasts.ts'

export interface UseForgetPersonReturn {
  readonly busy: Readonly<Ref<boolean>>
  readonly problem: Readonly<Ref<string | null>>
  /** Deletes all that somebody drew in the room, for good, and says what came of it. Answers whether it was done. */
  forget(userId: string): Promise<boolean>
}

export function useForgetPerson(room: Pick<RoomStore, 'command' | 'me' | 'nameOf'>): UseForgetPersonReturn {
  const { t } = useI18n()
  const { show } = useToasts()
  const { busy, problem, attempt } = useAttempt()

  const forget = (userId: string): Promise<boolean> =>
    attempt(async () => {
      const { drawings, checkpoints } = await room.command('person:delete-drawings', { userId })
      const gone =
        userId === room.me?.id
          ? t('hand.forget.mineGone', { n: drawings }, drawings)
          : t('hand.forget.gone', { name: room.nameOf(userId) ?? '', n: drawings }, drawings)
      const carried =
        checkpoints.length > 0
          ? ` ${t('hand.forget.carried', { n: checkpoints.length }, checkpoints.length)}`
          : ''
      show({ icon: 'trash', text: gone + carried })
    })
  return { busy, problem, forget }
}
