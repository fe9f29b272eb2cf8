import { useI18n } from 'vue-i18n'
import type { DrawingInfo } from '../../../shared/protocol/entities.ts'
import { useErrorText } from '../../composables/error-text.ts'
import { useToasts } from '../../composables/toasts.ts'
import { useLabelling, type LabelPad } from '../../features/label/use-labelling.ts'
import { useRoomStore } from '../../net/room-store.ts'
import type { InkPoints } from '../../ui/ink-path.ts'

interface RoomLabelsOptions {
  readonly pad: () => LabelPad | null
  readonly onFly: (strokes: readonly InkPoints[], classId: string | null) => void
}

/** Labelling with its words: a toast with a way back for what was stored, a banner's text for what was not. */
export function useRoomLabels({ pad, onFly }: RoomLabelsOptions) {
  const { t } = useI18n()
  const { show } = useToasts()
  const errorText = useErrorText()
  const room = useRoomStore()

  const labelling = useLabelling({
    room,
    pad,
    onFly,
    onNothing: () => {
      show({ icon: 'pen', text: t('room.label.nothing') })
    },
    onKept: (classId) => {
      show({ icon: 'inbox', text: keptText(classId) })
    },
    onStored: tell,
  })

  function keptText(classId: string | null): string {
    const name = room.classes.find((one) => one.id === classId)?.name ?? t('room.label.drawing')
    if (room.refused > 0) return t('room.label.notSaved', { name })
    return room.online ? t('room.label.slow', { name }) : t('room.label.offline', { name })
  }

  function tell({ id, classId }: DrawingInfo): void {
    const name = room.classes.find((one) => one.id === classId)?.name
    const text =
      classId === null || name === undefined
        ? t('room.label.kept', { n: room.counts.toSort })
        : t('room.label.stored', { name, n: room.countOf(classId) })
    show({ icon: 'check', text, action: { label: t('room.label.undo'), run: () => void withdraw(id) } })
  }

  async function withdraw(drawingId: string): Promise<void> {
    try {
      const { counts } = await room.command('drawing:withdraw', { drawingId })
      room.counts = counts
      show({ icon: 'undo', text: t('room.label.undone') })
    } catch (error) {
      show({ icon: 'warn', text: errorText(error) })
    }
  }

  function sayAdded(classId: string): void {
    const name = room.classes.find((one) => one.id === classId)?.name
    if (name !== undefined) show({ icon: 'check', text: t('room.label.added', { name }) })
  }

  return { ...labelling, errorText, sayAdded }
}
