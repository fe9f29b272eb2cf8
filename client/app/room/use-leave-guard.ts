import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave } from 'vue-router'
import { useRoomStore } from '../../net/room-store.ts'

/** Asks before the room is left while what was drawn or labelled is kept on this device alone. */
export function useLeaveGuard(unsaved: () => number, host: Window = window): void {
  const { t } = useI18n()
  const room = useRoomStore()
  const wouldLose = (): boolean => !room.online && (room.waiting > 0 || unsaved() > 0)
  const hold = (event: BeforeUnloadEvent): void => {
    if (wouldLose()) event.preventDefault()
  }
  host.addEventListener('beforeunload', hold)
  onScopeDispose(() => {
    host.removeEventListener('beforeunload', hold)
  })
  onBeforeRouteLeave(() => !wouldLose() || host.confirm(t('room.leave')))
}
