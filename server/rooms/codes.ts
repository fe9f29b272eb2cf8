import { newCode } from '../../shared/ids/id.ts'
import type { JoinCodes } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import type { CodeRecord } from '../storage/records.ts'
import { StoreError, type Store } from '../storage/store.ts'

/** A code that nobody has used and in whose room nobody has been for this long ends, in ms. */
export const CODE_IDLE_MS = 24 * 3_600_000
const TRIES = 12

export type CodeRole = CodeRecord['role']
export type CodeAction = 'replace' | 'off' | 'on'

export interface Codes {
  /**
   * The project and role a code leads to.
   * @throws AppError `ended` while the session is over, `unknown-code`, also for a code that is off or has ended
   */
  resolve(code: string): Promise<CodeRecord>
  read(projectId: string): Promise<JoinCodes>
  /** `replace` makes a new code, `off` ends joining by it, `on` brings it back (a new one where it has ended). */
  change(projectId: string, role: CodeRole, action: CodeAction): Promise<JoinCodes>
  /** Replaces the codes that are on. */
  replaceLive(projectId: string): Promise<void>
  /** Makes codes anew that are switched on and have ended by themselves. */
  revive(projectId: string): Promise<void>
  /** The project is in use: keeps its codes from ending. */
  touch(projectId: string): Promise<void>
}

export interface CodesOptions {
  readonly store: Pick<Store, 'findCode' | 'listCodes' | 'putCode' | 'getProject'>
  readonly clock: Clock
}

export function createCodes({ store, clock }: CodesOptions): Codes {
  const isLive = (code: CodeRecord): boolean => code.active && clock.now() - code.usedAt < CODE_IDLE_MS

  const isEnded = async (projectId: string): Promise<boolean> =>
    (await store.getProject(projectId))?.hand.ended === true

  /** All codes are off while the session is over, and as they were when it goes on. */
  const read = async (projectId: string): Promise<JoinCodes> => {
    if (await isEnded(projectId)) return { editor: null, viewer: null }
    const codes = (await store.listCodes(projectId)).filter(isLive)
    const of = (role: CodeRole): string | null => codes.find((code) => code.role === role)?.code ?? null
    return { editor: of('editor'), viewer: of('viewer') }
  }

  const replace = (projectId: string, role: CodeRole): Promise<void> =>
    withFreshCodes(([code]) => store.putCode({ code, projectId, role, active: true, usedAt: clock.now() }))

  return {
    read,
    async resolve(text) {
      const code = await store.findCode(text)
      if (code?.active && (await isEnded(code.projectId))) throw new AppError('ended')
      if (!code || !isLive(code))
        throw new AppError('unknown-code', `No room has the code ${text}`, { path: 'code' })
      return code
    },
    async change(projectId, role, action) {
      const now = (await store.listCodes(projectId)).find((code) => code.role === role)
      if (action === 'off') {
        if (now) await store.putCode({ ...now, active: false })
      } else if (action === 'on' && now && clock.now() - now.usedAt < CODE_IDLE_MS) {
        await store.putCode({ ...now, active: true })
      } else {
        await replace(projectId, role)
      }
      return read(projectId)
    },
    async replaceLive(projectId) {
      for (const code of await store.listCodes(projectId)) {
        if (isLive(code)) await replace(projectId, code.role)
      }
    },
    async revive(projectId) {
      for (const code of await store.listCodes(projectId)) {
        if (code.active && !isLive(code)) await replace(projectId, code.role)
      }
    },
    async touch(projectId) {
      for (const code of await store.listCodes(projectId)) {
        if (isLive(code)) await store.putCode({ ...code, usedAt: clock.now() })
      }
    },
  }
}

/** Calls `write` with two new codes, again with others while the store says that one of them is taken. */
export async function withFreshCodes<T>(write: (codes: readonly [string, string]) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await write([newCode(), newCode()])
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'conflict') || tries === TRIES) throw error
    }
  }
}
