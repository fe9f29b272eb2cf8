import { onMounted, onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { ProjectCard } from '../../../shared/protocol/rest.ts'
import { api } from '../../net/api.ts'
import { session } from '../../net/session.ts'

/** Words come only after this long, in ms: a quick answer needs none. */
const PATIENCE_MS = 1_000

export type ProjectsState =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly slow: boolean }
  | { readonly kind: 'loaded'; readonly cards: readonly ProjectCard[] }
  | { readonly kind: 'failed'; readonly error: unknown }

/** This person's projects; loaded at the start, again with another session and when the page is looked at anew. */
export function useProjects(): { state: Readonly<ShallowRef<ProjectsState>>; load: () => Promise<void> } {
  const state = shallowRef<ProjectsState>({ kind: 'none' })
  let run = 0

  const signedIn = (): boolean => session.value !== null

  async function load(): Promise<void> {
    const mine = ++run
    if (!signedIn()) {
      state.value = { kind: 'none' }
      return
    }
    if (state.value.kind !== 'loaded') state.value = { kind: 'loading', slow: false }
    const patience = setTimeout(() => {
      if (mine === run && state.value.kind === 'loading') state.value = { kind: 'loading', slow: true }
    }, PATIENCE_MS)
    try {
      const { projects } = await api.projects()
      if (mine === run) state.value = { kind: 'loaded', cards: projects }
    } catch (error) {
      if (mine === run) state.value = signedIn() ? { kind: 'failed', error } : { kind: 'none' }
    } finally {
      clearTimeout(patience)
    }
  }

  const onShow = (): void => {
    if (document.visibilityState === 'visible') void load()
  }
  onMounted(() => {
    void load()
    document.addEventListener('visibilitychange', onShow)
  })
  onScopeDispose(() => {
    run++
    document.removeEventListener('visibilitychange', onShow)
  })
  watch(
    () => session.value?.user.id,
    () => void load(),
  )
  return { state, load }
}
