/** What is asked of the page that the client runs in: a Document is one. */
export interface PageSight {
  readonly hidden: boolean
  addEventListener(type: string, listener: () => void, options?: { capture: true; passive: true }): void
  removeEventListener(type: string, listener: () => void, options?: { capture: true }): void
}

/** The page; outside of a browser one that is always in view and never touched. */
export function thisPage(): PageSight {
  const { document } = globalThis as { readonly document?: PageSight }
  return document ?? Object.assign(new EventTarget(), { hidden: false })
}
