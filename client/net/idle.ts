import { thisPage, type PageSight } from './page-sight.ts'

/** Without input for this long somebody is idle, in ms. */
export const IDLE_AFTER_MS = 120_000

const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

export interface IdleOptions {
  /** Called whenever somebody goes or comes back, not at the beginning. */
  readonly onChange: (idle: boolean) => void
  readonly page?: PageSight
  readonly idleAfterMs?: number
}

/** Says whether nobody is at the page: no input for a while, or the page is in the background. */
export interface Idle {
  readonly idle: boolean
  stop(): void
}

export function watchIdle({ onChange, page = thisPage(), idleAfterMs = IDLE_AFTER_MS }: IdleOptions): Idle {
  let idle = page.hidden
  let touchedAt = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  function set(next: boolean): void {
    if (next === idle) return
    idle = next
    onChange(idle)
  }

  /** One timer that looks when it could be time, instead of a new one with every move of the pointer. */
  function wait(): void {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        const left = touchedAt + idleAfterMs - Date.now()
        if (left <= 0) set(true)
        else wait()
      },
      Math.max(0, touchedAt + idleAfterMs - Date.now()),
    )
  }

  function touch(): void {
    touchedAt = Date.now()
    if (!idle || page.hidden) return
    set(false)
    wait()
  }

  function turn(): void {
    if (page.hidden) set(true)
    else touch()
  }

  for (const input of INPUTS) page.addEventListener(input, touch, { capture: true, passive: true })
  page.addEventListener('visibilitychange', turn)
  if (!idle) wait()
  return {
    get idle() {
      return idle
    },
    stop() {
      clearTimeout(timer)
      for (const input of INPUTS) page.removeEventListener(input, touch, { capture: true })
      page.removeEventListener('visibilitychange', turn)
    },
  }
}
