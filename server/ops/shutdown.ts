import { withDeadline } from './deadline.ts'
import { errorText } from './error-text.ts'

/** One thing that is done while stopping. What it answers is named as saved. */
export interface StopStep {
  readonly name: string
  /** Answers what it saved, in words, or nothing; rejects naming what could not be saved. */
  readonly run: () => Promise<string | undefined>
  /** Most of the whole time this step may take when it hangs, in ms; the rest of the time by default. */
  readonly withinMs?: number
  /** Whether it holds nothing that could be lost: the process ends it anyway. */
  readonly harmless?: boolean
}

export interface StopReport {
  /** Whether everything was saved and closed in time. */
  readonly clean: boolean
  readonly saved: readonly string[]
  /** What could not be saved or closed, each with its reason. */
  readonly failed: readonly string[]
  /** What did not end in time and holds nothing that could be lost. */
  readonly late: readonly string[]
  readonly ms: number
}

/**
 * Runs the steps one after another. A step that fails or hangs is named in the report and the next one still gets
 * its turn, until `withinMs` have passed; what was not reached by then is named as well.
 */
export async function stopInSteps(steps: readonly StopStep[], withinMs: number): Promise<StopReport> {
  const startedAt = performance.now()
  const saved: string[] = []
  const failed: string[] = []
  const late: string[] = []
  for (const step of steps) {
    const left = Math.max(0, withinMs - (performance.now() - startedAt))
    const missed = step.harmless ? late : failed
    if (left < 1) {
      missed.push(`${step.name}: not reached within ${String(withinMs)} ms`)
      continue
    }
    try {
      const words = await withDeadline(step.run(), Math.min(left, step.withinMs ?? left))
      if (words !== undefined && words !== '') saved.push(words)
    } catch (error) {
      missed.push(`${step.name}: ${errorText(error)}`)
    }
  }
  return { clean: failed.length === 0, saved, failed, late, ms: Math.round(performance.now() - startedAt) }
}
