import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'

/** A process, so that another one on the same machine can tell whether it is still there. */
export const leaseOwner = z.object({
  host: z.string(),
  /** Differs from start to start of the machine; '' where it is not known. */
  bootId: z.string(),
  /** The space in which `pid` means something: a container has its own. '' where it is not known. */
  pidSpace: z.string(),
  pid: z.number().int(),
  /** When the process began, in the system's ticks since its boot, since pids are used again. '' where it is not known. */
  startTime: z.string(),
})
export type LeaseOwner = z.infer<typeof leaseOwner>

const STATE_FIELD = 0
const START_TIME_FIELD = 19
/** A zombie, or dead: its sockets are closed already. */
const OVER = ['Z', 'X', 'x']

export function thisProcess(): LeaseOwner {
  return {
    host: hostname(),
    bootId: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    pidSpace: textOf(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    startTime: statOf(process.pid)?.[START_TIME_FIELD] ?? '',
  }
}

/** Whether a process ran on this very machine and is certainly gone; false where that cannot be told. */
export function isDead(owner: LeaseOwner, me: LeaseOwner): boolean {
  const sameSpace = owner.host === me.host && owner.bootId === me.bootId && owner.pidSpace === me.pidSpace
  if (!sameSpace || me.bootId === '' || me.pidSpace === '' || owner.startTime === '') return false
  if (!isThere(owner.pid)) return true
  const stat = statOf(owner.pid)
  // Some systems hide the processes of other users.
  if (stat === null) return false
  return OVER.includes(stat[STATE_FIELD] ?? '') || stat[START_TIME_FIELD] !== owner.startTime
}

/** Whether a process has this number, also one that may not be signalled. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** The fields of /proc/PID/stat after the name, which may hold spaces; null where there is no such process. */
function statOf(pid: number): readonly string[] | null {
  const text = textOf(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'))
  return text === '' ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function textOf(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
