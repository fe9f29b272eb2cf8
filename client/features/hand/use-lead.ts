import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import type { Hand, Person } from '../../../shared/protocol/entities.ts'
import { leadOf, type Lead } from './lead.ts'

export interface UseLeadOptions {
  readonly hand: () => Hand
  readonly people: ReadonlyMap<string, Person>
  readonly myId: () => string | null
  readonly openCanvasId: () => string | null
  readonly open: (canvasId: string) => void
}

export interface UseLeadReturn {
  readonly lead: ComputedRef<Lead | null>
  /** Whether the lead is my own. */
  readonly leading: ComputedRef<boolean>
  /** Whether my pad goes along. Opening another page by oneself ends it. */
  readonly along: Readonly<Ref<boolean>>
  /** The page that was open before, once the lead is over; null where there is no need to go back. */
  readonly back: Readonly<Ref<string | null>>
  goAlong(): void
  stopGoing(): void
  goBack(): void
  stay(): void
}

/** Lets the pad go along with a spotlight or with somebody who leads, and remembers the way back. */
export function useLead({ hand, people, myId, openCanvasId, open }: UseLeadOptions): UseLeadReturn {
  const lead = computed(() => leadOf(hand(), people))
  const leading = computed(() => lead.value?.kind === 'follow' && lead.value.userId === myId())
  /** What one lead is about; a leader who turns to another page leads on. */
  const key = computed(() => {
    if (!lead.value || leading.value) return null
    return lead.value.kind === 'spotlight'
      ? `spotlight ${lead.value.canvasId}`
      : `follow ${lead.value.userId}`
  })
  const target = computed(() => (leading.value ? null : (lead.value?.canvasId ?? null)))
  const along = ref(false)
  const back = ref<string | null>(null)
  let before: string | null = null

  function follow(): void {
    const now = openCanvasId()
    // Before the first page is open there is none to come back to.
    if (along.value && now !== null && target.value !== null && target.value !== now) open(target.value)
  }

  watch(
    key,
    (now, then) => {
      if (now !== null) {
        if (then === null || then === undefined) before = openCanvasId()
        back.value = null
        along.value = true
        follow()
        return
      }
      if (along.value && before !== null && before !== openCanvasId()) back.value = before
      along.value = false
      before = null
    },
    { immediate: true },
  )
  watch(target, follow)
  watch(openCanvasId, (canvasId) => {
    if (target.value === null || canvasId === null) {
      back.value = null
    } else if (before === null) {
      before = canvasId
      follow()
    } else if (canvasId !== target.value) {
      along.value = false
    } else if (lead.value?.kind === 'spotlight') {
      along.value = true
    }
  })

  return {
    lead,
    leading,
    along,
    back,
    goAlong() {
      along.value = true
      follow()
    },
    stopGoing() {
      along.value = false
    },
    goBack() {
      if (back.value !== null) open(back.value)
      back.value = null
    },
    stay() {
      back.value = null
    },
  }
}
