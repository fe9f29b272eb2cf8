import { useI18n } from 'vue-i18n'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CommandInput, CommandName } from '../../../shared/protocol/payloads.ts'
import { useAttempt, type UseAttemptReturn } from '../../composables/attempt.ts'
import { useErrorText } from '../../composables/error-text.ts'
import { useRoomStore } from '../../net/room-store.ts'
import { useSay } from './say.ts'
import { fieldWords } from './setting-words.ts'

type TrainingCommand = Extract<CommandName, `training:${string}`>

export interface UseTrainingDeedReturn extends Pick<UseAttemptReturn, 'busy' | 'problem'> {
  /** Sends a command and takes over the status that it answers; tells whether it was done. */
  send<C extends TrainingCommand>(name: C, payload: CommandInput<C>): Promise<boolean>
}

/** A command to the trainer, and what is shown of it meanwhile and afterwards. */
export function useTrainingDeed(): UseTrainingDeedReturn {
  const { t } = useI18n()
  const room = useRoomStore()
  const say = useSay('train')
  const errorText = useErrorText()
  const { busy, problem, attempt } = useAttempt((error) => {
    if (!(error instanceof AppError)) return errorText(error)
    if (error.code === 'full') return t('train.job.full')
    const field = error.code === 'invalid' && error.path !== undefined ? fieldWords(error.path) : null
    return field ? t('train.settings.invalid', { name: say(field) }) : errorText(error)
  })
  return {
    busy,
    problem,
    send: (name, payload) =>
      attempt(async () => {
        const projectId = room.project?.id
        const status = await room.command(name, payload)
        // The page may be in another room by now.
        if (room.project?.id === projectId) room.training = status
      }),
  }
}
