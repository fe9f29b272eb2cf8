import { readonly, shallowRef, type Ref } from 'vue'
import type { IconName } from '../ui/icons.ts'

/** Toasts on the screen at once; an older one makes room. */
const MOST = 3
const PLAIN_MS = 5_000
/** A toast that offers a way back stays long enough to be reached by keyboard. */
const ACTION_MS = 10_000

export interface ToastInput {
  readonly text: string
  readonly icon?: IconName
  readonly action?: { readonly label: string; readonly run: () => void }
}

export interface Toast extends ToastInput {
  readonly id: number
}

const toasts = shallowRef<readonly Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let lastId = 0

/** Short notices at the edge of the screen. `show` answers the id with which `dismiss` takes it away early. */
export function useToasts(): {
  toasts: Readonly<Ref<readonly Toast[]>>
  show: (toast: ToastInput) => number
  dismiss: (id: number) => void
  hold: (id: number) => void
  release: (id: number) => void
} {
  return { toasts: readonly(toasts), show, dismiss, hold, release }
}

function show(input: ToastInput): number {
  const toast = { ...input, id: ++lastId }
  const kept = [...toasts.value, toast]
  for (const old of kept.slice(0, -MOST)) hold(old.id)
  toasts.value = kept.slice(-MOST)
  release(toast.id)
  return toast.id
}

function dismiss(id: number): void {
  hold(id)
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** Stops the clock of a toast that is being read or has the focus. */
function hold(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

function release(id: number): void {
  const toast = toasts.value.find((one) => one.id === id)
  if (!toast) return
  hold(id)
  timers.set(
    id,
    setTimeout(
      () => {
        dismiss(id)
      },
      toast.action ? ACTION_MS : PLAIN_MS,
    ),
  )
}
