import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { CanvasInfo } from '../../../shared/protocol/entities.ts'

/** How long, in ms, the news that a page begins anew may take; then the room is asked, and at last it is a failure. */
const NEWS_MS = 1_500
const ANSWER_MS = 6_000

export interface NewGenerationOptions {
  readonly canvas: () => CanvasInfo | null
  /** Whether the page that is open was closed as deleted. */
  readonly deleted: () => boolean
  /** Asks the room how things stand. */
  readonly ask: () => void
  /** The open page was emptied or replaced, and begins anew. */
  readonly onAnew: () => void
}

/** Follows the open page into its next generation. Answers whether it is between the two. */
export function useNewGeneration({ canvas, deleted, ask, onAnew }: NewGenerationOptions): {
  readonly between: Readonly<Ref<boolean>>
} {
  const between = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    () => [canvas()?.id, canvas()?.generation] as const,
    ([id, generation], [idBefore, before]) => {
      if (id !== undefined && id === idBefore && generation !== before) onAnew()
    },
  )
  watch(deleted, (is) => {
    clearTimeout(timer)
    between.value = is
    if (!is) return
    timer = setTimeout(() => {
      ask()
      timer = setTimeout(() => (between.value = false), ANSWER_MS)
    }, NEWS_MS)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return { between }
}
