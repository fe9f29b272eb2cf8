import { newCode } from '../../shared/ids/id.ts'
import type { JoinCodes } from '../../shared/protocol/entities.ts'
import { AppError } from '../../shared/protocol/errors.ts'
import type { Clock } from '../ops/clock.ts'
import { StoreError, type CodeRecord, type Store } from '../storage/store.ts'

/** A code that nobody has used and in whose room nobody has been for this long ends, in ms. */
export const CODE_IDLE_MS = 24 * 3_600_000
const TRIES = 12

export type CodeRole = CodeRecord['role']
export type CodeAction = 'replace' | 'off' | 'on'

export interface Codes {
  /** The project and role a code leads to. @throws AppError `unknown-code`, also for one that is off or has ended */
  resolve(code: string): Promise<CodeRecord>
  read(projectId: string): Promise<JoinCodes>
  /** `replace` makes a new code, `off` ends joining by it, `on` brings it back (a new one where it has ended). */
  change(projectId: string, role: CodeRole, action: CodeAction): Promise<JoinCodes>
  /** The project is in use: keeps its codes from ending. */
  touch(projectId: string): Promise<void>
}

export interface CodesOptions {
  readonly store: Pick<Store, 'findCode' | 'listCodes' | 'putCode'>
  readonly clock: Clock
}

export function createCodes({ store, clock }: CodesOptions): Codes {
  const isLive = (code: CodeRecord): boolean => code.active && clock.now() - code.usedAt < CODE_IDLE_MS

  const read = async (projectId: string): Promise<JoinCodes> => {
    const codes = (await store.listCodes(projectId)).filter(isLive)
    const of = (role: CodeRole): string | null => codes.find((code) => code.role === role)?.code ?? null
    return { editor: of('editor'), viewer: of('viewer') }
  }

  return {
    read,
    async resolve(text) {
      const code = await store.findCode(text)
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
        await withFreshCodes(([code]) => {
          const record = { code, projectId, role, active: true, usedAt: clock.now() }
          return store.putCode(record)
        })
      }
      return read(projectId)
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
