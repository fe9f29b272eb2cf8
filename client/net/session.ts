import { readonly, shallowRef, type Ref } from 'vue'
import type { User } from '../../shared/protocol/entities.ts'
import type { SessionReply } from '../../shared/protocol/rest.ts'
import { keep, readKept } from '../composables/device-storage.ts'
import { request } from './rest.ts'

/** Who this device is to the server. */
export interface Session {
  readonly token: string
  readonly user: User
}

const KEY = 'trainboard.session'
const current = shallowRef<Session | null>(restored())

/** The session of this device, null before a name was given. */
export const session: Readonly<Ref<Session | null>> = readonly(current)

/**
 * Makes a session under `name`, or renames the person of the one there is; with `code` joins that room as well.
 * @throws AppError as `request` does, `unknown-code` among them.
 */
export async function openSession(name: string, code?: string): Promise<SessionReply> {
  const ask = async (token: string | null): Promise<SessionReply> =>
    request<SessionReply>('POST', '/session', { body: code === undefined ? { name } : { name, code }, token })
  let reply: SessionReply
  try {
    reply = await ask(current.value?.token ?? null)
  } catch (error) {
    if (!current.value || !isUnauthenticated(error)) throw error
    // The token is of another server life (a new data folder): the person starts anew under the same name.
    forgetSession()
    reply = await ask(null)
  }
  set({ token: reply.token, user: reply.user })
  return reply
}

/** The session there is, or a new one under `name`. */
export async function ensureSession(name: string): Promise<Session> {
  if (current.value) return current.value
  const { token, user } = await openSession(name)
  return { token, user }
}

/** Drops a session that the server no longer takes. */
export function forgetSession(): void {
  set(null)
}

function set(session: Session | null): void {
  current.value = session
  keep(KEY, session && JSON.stringify(session))
}

function restored(): Session | null {
  const kept = readKept(KEY)
  if (!kept) return null
  try {
    const value: unknown = JSON.parse(kept)
    return isSession(value) ? value : null
  } catch {
    return null
  }
}

function isSession(value: unknown): value is Session {
  if (typeof value !== 'object' || value === null || !('token' in value) || !('user' in value)) return false
  const { token, user } = value
  return (
    typeof token === 'string' &&
    typeof user === 'object' &&
    user !== null &&
    'id' in user &&
    'name' in user &&
    typeof user.name === 'string'
  )
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unauthenticated'
}
