import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { PAGE_SIZE } from '../../../shared/canvas/limits.ts'
import { PEN_COUNT } from '../../../shared/protocol/limits.ts'

/** How ink looks in the page's theme. */
export interface InkLook {
  readonly ink: string
  /** Pen colours, pen 1 first. */
  readonly pens: readonly string[]
  readonly paper: string
  /** Page pixels. */
  readonly width: number
  /** How long wet ink takes to dry, ms; 0 with reduced motion. */
  readonly dryMs: number
}

/** The token `--pad-stroke` counts in 252nds of the pad's side. */
const STROKE_UNITS = 252
const PLAIN: InkLook = { ink: '#000', pens: [], paper: '#fff', width: 14.6, dryMs: 0 }

export interface UseInkLookOptions {
  /** The element whose custom properties count. */
  readonly element: Readonly<Ref<HTMLElement | null>>
  readonly window?: Window
}

/** The ink's look from the design tokens, read again when the theme or the motion setting changes. */
export function useInkLook({ element, window: host = window }: UseInkLookOptions): {
  look: Readonly<ShallowRef<InkLook>>
} {
  const look = shallowRef(PLAIN)
  const read = (): void => {
    if (element.value) look.value = readInkLook(host.getComputedStyle(element.value))
  }
  const media = ['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)', '(max-width: 45em)'].map(
    (query) => host.matchMedia(query),
  )
  for (const list of media) list.addEventListener('change', read)
  const themes = new MutationObserver(read)
  themes.observe(host.document.documentElement, { attributeFilter: ['data-theme', 'class', 'style'] })
  watch(element, read, { immediate: true, flush: 'post' })
  onScopeDispose(() => {
    for (const list of media) list.removeEventListener('change', read)
    themes.disconnect()
  })
  return { look }
}

export function readInkLook(style: Pick<CSSStyleDeclaration, 'getPropertyValue'>): InkLook {
  const token = (name: string): string => style.getPropertyValue(name).trim()
  const stroke = Number.parseFloat(token('--pad-stroke'))
  return {
    ink: token('--ink') || PLAIN.ink,
    pens: Array.from({ length: PEN_COUNT }, (_, i) => token(`--pen${String(i + 1)}`)),
    paper: token('--paper') || PLAIN.paper,
    width: stroke > 0 ? (stroke * PAGE_SIZE) / STROKE_UNITS : PLAIN.width,
    dryMs: milliseconds(token('--m-dry')),
  }
}

/** A CSS time, which minifiers like to write in seconds. */
function milliseconds(time: string): number {
  const value = Number.parseFloat(time)
  if (!Number.isFinite(value)) return 0
  return time.endsWith('ms') ? value : value * 1_000
}
