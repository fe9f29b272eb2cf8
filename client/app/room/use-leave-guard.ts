import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave } from 'vue-router'
import { useRoomStore } from '../../net/room-store.ts'

/** Asks before the room is left while something that was drawn or labelled is nowhere but on this page. */
export function useLeaveGuard(unkept: () => number, host: Window = window): void {
  const { t } = useI18n()
  const room = useRoomStore()
  const wouldLose = (): boolean => (!room.online && room.unkept > 0) || unkept() > 0
  const hold = (event: BeforeUnloadEvent): void => {
    if (wouldLose()) event.preventDefault()
  }
  host.addEventListener('beforeunload', hold)
  onScopeDispose(() => {
    host.removeEventListener('beforeunload', hold)
  })
  onBeforeRouteLeave(() => !wouldLose() || host.confirm(t('room.leave')))
}
