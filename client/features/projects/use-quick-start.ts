import { readonly, ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { BodyInput } from '../../../shared/protocol/rest.ts'
import { useErrorText } from '../../composables/error-text.ts'
import { useToasts } from '../../composables/toasts.ts'
import { api } from '../../net/api.ts'
import { session } from '../../net/session.ts'

/**
 * Starts a digits room at once where a name is known. Answers its id, or null where something must be asked first
 * (there is no name, or the server no longer takes the session).
 */
export function useQuickStart(): {
  busy: Readonly<Ref<boolean>>
  start: (strokes: NonNullable<BodyInput<'POST /projects'>['strokes']>) => Promise<string | null>
} {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { show } = useToasts()
  const busy = ref(false)

  async function start(strokes: NonNullable<BodyInput<'POST /projects'>['strokes']>): Promise<string | null> {
    const who = session.value?.user
    if (!who || busy.value) return null
    busy.value = true
    try {
      const name = t('home.digitsRoom', { name: who.name })
      const { project } = await api.createProject({ name, template: 'digits', strokes })
      return project.id
    } catch (error) {
      if (session.value) show({ icon: 'warn', text: errorText(error) })
      return null
    } finally {
      busy.value = false
    }
  }
  return { busy: readonly(busy), start }
}
