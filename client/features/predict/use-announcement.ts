import { onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

/** The pen rests when the guess has not changed for this long, in ms. */
const REST_MS = 900

/**
 * What a screen reader is told: `words` once they have stayed the same for a while, so that a guess that changes
 * with every stroke does not chatter. `activity` is anything that changes while the pen moves.
 */
export function useAnnouncement(words: () => string, activity: () => unknown): Readonly<Ref<string>> {
  const said = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  watch([words, activity], () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      said.value = words()
    }, REST_MS)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return readonly(said)
}
