import type { ClassInfo, DrawingInfo, Person } from '../../../shared/protocol/entities.ts'
import type { AccuracyPoint, JobStatus, TrainingStatus } from '../../../shared/training/status.ts'
import { jobShare } from './job-share.ts'
import type { Words } from './say.ts'

interface Known {
  readonly classes: readonly ClassInfo[]
  readonly drawings: ReadonlyMap<string, DrawingInfo>
  readonly people: ReadonlyMap<string, Person>
  readonly total: number
}

/** What the model does now, in its own words. */
export function phaseWords(status: TrainingStatus | null, known: Known): Words {
  if (!status) return { key: 'starting' }
  const { phase } = status
  switch (phase.state) {
    case 'learning': {
      const name = known.classes.find(({ id }) => id === phase.classId)?.name
      if (name === undefined) return { key: 'learning' }
      const drawing = known.drawings.get(phase.drawingId)
      const who = known.people.get(drawing?.contributorIds[0] ?? drawing?.byUserId ?? '')?.name
      return who === undefined
        ? { key: 'learningName', values: { name } }
        : { key: 'learningFrom', values: { who, name } }
    }
    case 'waiting':
      return { key: 'waiting', values: { n: phase.ahead } }
    case 'paused':
      return status.pending > 0 ? { key: 'pausedPending', values: { n: status.pending } } : { key: 'paused' }
    case 'gathering':
      return { key: 'gathering', values: { n: phase.waiting } }
    case 'failed':
      return { key: 'failed' }
    case 'idle':
      if (status.job?.state === 'running') return { key: 'training' }
      if (known.total === 0) return { key: 'nothing' }
      return status.pending > 0 ? { key: 'pending', values: { n: status.pending } } : { key: 'idle' }
  }
}

/**
 * The small line below: what a gathering waits for (`msLeft` while it is a time), a full training that waits, runs or is
 * to be decided on, whether the newest drawings alone are learned from, the last lesson's length in seconds where there
 * was one, the step, the drawings.
 */
export function factWords(
  status: TrainingStatus | null,
  total: number,
  msLeft: number | null = null,
): readonly Words[] {
  const facts: Words[] = []
  if (status?.phase.state === 'failed')
    return [{ key: 'failedBecause', values: { reason: status.phase.reason } }]
  if (status?.phase.state === 'gathering') facts.push(gatherWords(status.phase, msLeft))
  if (status?.job) facts.push(...jobFacts(status.job))
  if (status?.settings.what === 'newest') facts.push({ key: 'forgets' })
  if (status?.lastLearnedMs != null) {
    facts.push({ key: 'seconds', values: { s: (status.lastLearnedMs / 1000).toFixed(1) } })
  }
  if (status && status.step > 0)
    facts.push({ key: 'step', values: { step: status.step.toLocaleString('en') } })
  facts.push({ key: 'drawings', values: { n: total } })
  return facts
}

function jobFacts(job: JobStatus): readonly Words[] {
  if (job.state === 'waiting') return [{ key: 'jobWaits' }]
  if (job.state === 'ended') return job.outcome === 'waits' ? [{ key: 'jobUndecided' }] : []
  const share = jobShare(job)
  return [share === null ? { key: 'job' } : { key: 'jobPart', values: { n: Math.floor(share * 100) } }]
}

const MINUTE_MS = 60_000

function gatherWords(
  { waiting, left }: Extract<TrainingStatus['phase'], { state: 'gathering' }>,
  msLeft: number | null,
): Words {
  if (left.kind === 'button') return { key: 'gatherButton' }
  if (left.kind === 'labels') return { key: 'gatherLabels', values: { n: waiting + left.labels } }
  const ms = msLeft ?? left.ms
  return ms < MINUTE_MS
    ? { key: 'gatherSoon' }
    : { key: 'gatherMinutes', values: { n: Math.ceil(ms / MINUTE_MS) } }
}

/** A share of fewer drawings says nothing yet. */
const LEAST_TESTED = 5

/** Whether anything is learned at this moment, from a drawing or in a full training; that one rests with the rest. */
export function isAtWork(status: TrainingStatus | null): boolean {
  if (!status) return false
  const { phase, job } = status
  if (phase.state === 'paused' || phase.state === 'failed') return false
  return phase.state === 'learning' || job?.state === 'running'
}

/** How accurate the model is and on what that rests; null while too few were tested. */
export function accuracyWords(
  status: TrainingStatus | null,
): { readonly percent: string; readonly basis: Words; readonly band: Words } | null {
  const accuracy = status?.accuracy
  if (!accuracy || accuracy.of < LEAST_TESTED) return null
  const percent = (share: number): string => String(Math.round(share * 100))
  return {
    percent: accuracy.of >= 40 ? (accuracy.share * 100).toFixed(1) : percent(accuracy.share),
    basis: {
      key: accuracy.kind === 'test' ? 'keptAside' : 'prequential',
      values: { right: accuracy.right, n: accuracy.of },
    },
    band: { key: 'band', values: { low: percent(accuracy.low), high: percent(accuracy.high) } },
  }
}

/** The run of newest points of one kind: the two kinds are not one line. */
export function newestRun(points: readonly AccuracyPoint[]): readonly AccuracyPoint[] {
  const kind = points.at(-1)?.kind
  let start = points.length
  while (start > 0 && points[start - 1]?.kind === kind) start--
  return points.slice(start)
}

/** The run with the accuracy that is told now: what was measured since the newest publication has no point of its own. */
export function upToNow(
  run: readonly AccuracyPoint[],
  status: TrainingStatus | null,
): readonly AccuracyPoint[] {
  const last = run.at(-1)
  if (!last || !status?.accuracy || status.step <= last.step) return run
  const { kind, share, low, high } = status.accuracy
  if (kind !== last.kind || share === last.share) return run
  return [...run, { at: last.at, step: status.step, share, low, high, kind }]
}
