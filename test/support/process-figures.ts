import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS = 100

/** CPU seconds that a process has used so far, all its threads together. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  // The name in brackets may hold spaces; the numbers come after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024
}

/** All of a server's /metrics without labels, by name. */
export async function readMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const reply = await fetch(`${url}/metrics`)
  if (!reply.ok) throw new Error(`/metrics answered ${String(reply.status)}`)
  const values = new Map<string, number>()
  for (const line of (await reply.text()).split('\n')) {
    const [name, value] = line.split(' ')
    if (name !== undefined && value !== undefined && !line.startsWith('#')) values.set(name, Number(value))
  }
  return values
}
