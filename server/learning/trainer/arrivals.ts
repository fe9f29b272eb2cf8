import { hasClass, hasInk, type LabelledDrawing, type LoggedDrawing, type Replay } from '../replay.ts'
import { MOST_NEWEST } from './batch.ts'
import { updateHead } from './head.ts'
import { guessServed } from './measure.ts'
import type { Networks } from './networks.ts'
import { settlingSteps } from './settling.ts'
import { MOST_COALESCED_KEPT, PREQUENTIAL_WINDOW, type Group, type TrainingState } from './state.ts'

/**
 * Takes arrivals, oldest first: those that are new are guessed as they are, all go to the replay, a new class gets its
 * place, and what is to be learned from becomes the state's group. Answers the newest drawing of it, if any.
 */
export async function takeArrivals(
  state: TrainingState,
  replay: Replay,
  drawings: readonly LoggedDrawing[],
  networks: Networks,
): Promise<LabelledDrawing | null> {
  const guessable = drawings.filter(hasClass).filter(hasInk)
  const guessed = await guessServed(
    state,
    guessable.filter(({ id }) => replay.get(id) === undefined),
    networks,
  )
  state.prequential = [...state.prequential, ...guessed].slice(-PREQUENTIAL_WINDOW)
  for (const drawing of drawings) replay.apply(drawing)
  state.position = drawings.reduce((position, { seq }) => Math.max(position, seq), state.position)
  const newest = guessable.filter(({ split }) => split === 'train')
  const before = state.headIds
  await updateHead(state, replay, networks)
  const joined = state.headIds.some((id) => !before.includes(id))
  const group: Group = {
    newest: newest.map(({ id }) => id),
    arrivals: drawings.length,
    upTo: state.position,
    steps: newest.length > 0 ? state.settings.stepsPerArrival : 0,
    settling: settlingSteps(state, replay, newest, joined),
    done: 0,
  }
  state.group = group
  const coalesced = { step: state.step, upTo: group.upTo, newest: newest.length }
  state.coalesced = [...state.coalesced, coalesced].slice(-MOST_COALESCED_KEPT)
  return newest.at(-1) ?? null
}

/** A group without some of its drawings; one that is left without any ends. */
export function withoutDrawings(group: Group, drawingIds: readonly string[]): Group {
  const newest = group.newest.filter((id) => !drawingIds.includes(id))
  return newest.length > 0 ? { ...group, newest } : { ...group, newest, steps: group.done, settling: 0 }
}

/** The drawings a group brings into its next step: all of a few, else a share of them each step; while it settles none. */
export function newestOfStep({ newest, steps, done }: Group, replay: Replay): LabelledDrawing[] {
  if (done >= steps) return []
  const share = Math.ceil(newest.length / steps)
  const ids = newest.length <= MOST_NEWEST ? newest : newest.slice(done * share, (done + 1) * share)
  return ids.flatMap((id) => replay.get(id) ?? [])
}
