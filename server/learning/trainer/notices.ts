import type { TrainingState } from './state.ts'

/** Says so where there is nothing to tell apart, for as long as that is so. */
export function noteClasses(state: TrainingState): void {
  if (state.headIds.length === 1) state.notice = { kind: 'one-class' }
  else if (state.notice?.kind === 'one-class') state.notice = null
}

/** Says so while another family than the one that serves is to be trained. */
export function noteFamily(state: TrainingState): void {
  const { family } = state.settings
  if (family !== state.family) state.notice = { kind: 'new-family', family }
  else if (state.notice?.kind === 'new-family') state.notice = null
}
