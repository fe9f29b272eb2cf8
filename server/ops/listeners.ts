/** Those who want to hear of one kind of event. */
export interface Listeners<T> {
  /** Answers a function that takes the listener away again. */
  readonly add: (listener: (event: T) => void) => () => void
  readonly tell: (event: T) => void
}

export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(event: T) => void>()
  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(event) {
      for (const listener of listeners) listener(event)
    },
  }
}
