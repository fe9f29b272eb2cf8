import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CommandInput, CommandName } from '../../../shared/protocol/payloads.ts'
import type { CommandResults } from '../../../shared/protocol/events.ts'
import { useErrorText } from '../../composables/error-text.ts'
import { usePageName } from '../../composables/page-name.ts'
import { useToasts } from '../../composables/toasts.ts'
import { api } from '../../net/api.ts'
import { useRoomStore } from '../../net/room-store.ts'

type HandCommand = Extract<CommandName, `hand:${string}`>

export interface UseHandReturn {
  readonly busy: Readonly<Ref<boolean>>
  /** Sends a command of the hand; what went wrong is said in a toast. Answers whether it holds. */
  press: <C extends HandCommand>(name: C, payload: CommandInput<C>) => Promise<boolean>
  admit: (userIds: readonly string[], admit: boolean) => Promise<void>
  newCodes: () => Promise<void>
  /** Takes the current page off its canvas, with a way back in the toast. */
  removeDrawing: (canvasId: string) => Promise<void>
}

/** What an owner's hand does. */
export function useHand(): UseHandReturn {
  const { t } = useI18n()
  const room = useRoomStore()
  const errorText = useErrorText()
  const pageName = usePageName()
  const { show } = useToasts()
  const busy = ref(false)

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    try {
      await work()
      return true
    } catch (error) {
      show({ icon: 'warn', text: errorText(error) })
      return false
    } finally {
      busy.value = false
    }
  }

  /** Who went away meanwhile needs no answer. */
  async function answer(userId: string, admit: boolean): Promise<void> {
    try {
      await room.command('person:admit', { userId, admit })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unknown-person') throw error
    }
  }

  async function newCodes(): Promise<void> {
    const projectId = room.project?.id
    if (projectId === undefined) return
    await attempt(async () => {
      const { codes } = await api.project(projectId)
      const on = (['editor', 'viewer'] as const).filter((role) => codes[role] !== null)
      for (const role of on) await api.changeCode(projectId, { role, action: 'replace' })
      show({ icon: 'key', text: on.length > 0 ? t('hand.codesDone') : t('hand.codesOff') })
    })
  }

  async function restore(drawingId: string, page: string): Promise<void> {
    await attempt(async () => {
      await room.command('drawing:restore', { drawingId })
      show({ icon: 'undo', text: t('hand.tile.restored', { page }) })
    })
  }

  return {
    busy,
    press: (name, payload) =>
      attempt(async () => {
        const hand: CommandResults[HandCommand] = await room.command(name, payload)
        room.hand = hand
      }),
    async admit(userIds, admit) {
      for (const userId of userIds) {
        if (!(await attempt(() => answer(userId, admit)))) return
      }
    },
    newCodes,
    async removeDrawing(canvasId) {
      const pageId = room.tiles.pageId(canvasId)
      if (pageId === null || pageId === '') return
      await attempt(async () => {
        const { drawing } = await room.command('drawing:remove', { canvasId, pageId })
        const page = pageName(canvasId)
        show({
          icon: 'trash',
          text: t('hand.tile.removed', { page }),
          action: { label: t('room.label.undo'), run: () => void restore(drawing.id, page) },
        })
      })
    },
  }
}
