import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { JoinCodes, Role } from '../../../shared/protocol/entities.ts'
import { api } from '../../net/api.ts'
import { ownerLink, shareOrigin } from './share-link.ts'

export type ShareState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | {
      readonly kind: 'ready'
      readonly role: Role
      readonly codes: JoinCodes
      /** Null while only this computer can get in. */
      readonly origin: string | null
    }

export interface UseShareReturn {
  readonly state: Readonly<ShallowRef<ShareState>>
  /** Where links lead: the address for others, or the page's own while there is none. */
  readonly origin: ComputedRef<string>
  readonly busy: Readonly<Ref<boolean>>
  /** The owner's link, shown once after it was made. */
  readonly ownersLink: Readonly<Ref<string | null>>
  load: () => Promise<void>
  changeCode: (role: 'editor' | 'viewer', action: 'replace' | 'off' | 'on') => Promise<void>
  makeOwnerLink: () => Promise<void>
  endOwnerLink: () => Promise<void>
  hideOwnerLink: () => void
}

/** What the share sheet shows and does; each action throws AppError. */
export function useShare(projectId: () => string): UseShareReturn {
  const state = shallowRef<ShareState>({ kind: 'loading' })
  const busy = ref(false)
  const ownersLink = ref<string | null>(null)
  const origin = computed(() =>
    state.value.kind === 'ready' ? (state.value.origin ?? window.location.origin) : window.location.origin,
  )

  async function exclusively(work: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      await work()
    } finally {
      busy.value = false
    }
  }

  return {
    state,
    origin,
    busy,
    ownersLink,
    async load() {
      state.value = { kind: 'loading' }
      try {
        const [{ role, codes }, { addresses }] = await Promise.all([api.project(projectId()), api.server()])
        state.value = { kind: 'ready', role, codes, origin: shareOrigin(window.location, addresses) }
      } catch (error) {
        state.value = { kind: 'failed', error }
      }
    },
    changeCode: (role, action) =>
      exclusively(async () => {
        const codes = await api.changeCode(projectId(), { role, action })
        if (state.value.kind === 'ready') state.value = { ...state.value, codes }
      }),
    makeOwnerLink: () =>
      exclusively(async () => {
        const { secret } = await api.makeOwnerLink(projectId())
        ownersLink.value = ownerLink(origin.value, projectId(), secret)
      }),
    endOwnerLink: () =>
      exclusively(async () => {
        await api.endOwnerLink(projectId())
        ownersLink.value = null
      }),
    hideOwnerLink() {
      ownersLink.value = null
    },
  }
}
