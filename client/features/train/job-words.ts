import type { JobPlan, JobStatus } from '../../../shared/training/status.ts'
import { jobShare } from './job-share.ts'
import type { Words } from './say.ts'
import { timeWords } from './setting-words.ts'

type Running = Extract<JobStatus, { state: 'running' }>

/** The message that says what a full training trains on: drawings of the room, and the digits beside them if any. */
export function planKey({ others }: Pick<JobPlan, 'others'>): 'job.plan' | 'job.planDigits' {
  return others > 0 ? 'job.planDigits' : 'job.plan'
}

/** The time left, rounded as an estimate deserves; null while it is not known. */
export function timeLeft(secondsLeft: number | null): Words | null {
  if (secondsLeft === null) return null
  return timeWords(secondsLeft > 60 ? Math.ceil(secondsLeft / 60) * 60 : Math.ceil(secondsLeft / 5) * 5)
}

/** Which round of how many a full training is in; `epoch` counts those that are over. */
export function roundWords({ epoch, epochs }: Running['progress']): Words {
  return epochs === null
    ? { key: 'job.epoch', values: { epoch: epoch + 1 } }
    : { key: 'job.epochOf', values: { epoch: Math.min(epoch + 1, epochs), epochs } }
}

/** A share as a whole per cent, or null. */
export function percentOf(share: number | null): string | null {
  return share === null ? null : String(Math.round(share * 100))
}

/** What a screen reader is told of a full training: its beginning, each quarter and its end, not each step. */
export function jobAnnouncement(job: JobStatus | null): Words | null {
  if (!job) return null
  if (job.state === 'waiting') return { key: 'job.said.waiting' }
  if (job.state === 'ended') return { key: `job.said.${job.outcome}` }
  const quarter = Math.floor((jobShare(job) ?? 0) * 4) * 25
  return quarter === 0 || quarter === 100
    ? { key: 'job.said.running' }
    : { key: 'job.said.part', values: { n: quarter } }
}

/** What came of a full training, with both shares on the same drawings where they were compared. */
export function comparisonOf(
  job: Extract<JobStatus, { state: 'ended' }>,
): { readonly before: string; readonly after: string; readonly of: number } | null {
  const { compared } = job
  if (!compared) return null
  const digits = compared.after.of >= 40 ? 1 : 0
  const percent = (share: number): string => (share * 100).toFixed(digits).replace(/\.0$/, '')
  return {
    before: percent(compared.before.share),
    after: percent(compared.after.share),
    of: compared.after.of,
  }
}
