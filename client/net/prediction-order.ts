import type { Prediction } from '../../shared/protocol/events.ts'

const PAST_PAGES = 16

/** The newest guess of one canvas, with what is needed to tell late guesses from news. */
export interface GuessTrack {
  readonly shown: Prediction | null
  /**
   * A guess that saw less than `shown`, or another page: wrong if it is late, right if ink was removed or the page came
   * back, which a change will tell.
   */
  readonly held: Prediction | null
  /** Pages that were current before, newest last. */
  readonly past: readonly string[]
}

export const emptyTrack: GuessTrack = { shown: null, held: null, past: [] }

/**
 * Takes in a guess. One of an older model, of a page that was turned away, or that saw fewer points of the same
 * page is not shown; the last two are held until it is known whether the page came back, or ink was removed.
 */
export function takeGuess(track: GuessTrack, guess: Prediction): GuessTrack {
  const { shown, past } = track
  if (past.includes(guess.pageId)) return { ...track, held: guess }
  if (!shown) return { ...track, shown: guess, held: null }
  if (guess.modelVersion < shown.modelVersion) return track
  if (guess.pageId === shown.pageId && guess.points < shown.points) return { ...track, held: guess }
  return {
    shown: guess,
    held: null,
    past: guess.pageId === shown.pageId ? past : remember(past, shown.pageId, guess.pageId),
  }
}

/** The page of the canvas lost strokes: a guess that saw less may be news after all. */
export function inkRemoved(track: GuessTrack): GuessTrack {
  const { shown, held } = track
  if (held && held.pageId === shown?.pageId) return { ...track, shown: held, held: null }
  return shown ? { ...track, shown: { ...shown, points: 0, strokePoints: 0 } } : track
}

/** This page is the current one as it stands; guesses of the one before are late from now on. */
export function pageTurned(track: GuessTrack, pageId: string): GuessTrack {
  const { shown, held, past } = track
  const before = shown && shown.pageId !== pageId ? shown.pageId : null
  return {
    shown: held?.pageId === pageId ? held : before === null ? shown : null,
    held: null,
    past: before === null ? past.filter((page) => page !== pageId) : remember(past, before, pageId),
  }
}

function remember(past: readonly string[], before: string, now: string): readonly string[] {
  return [...past.filter((page) => page !== before && page !== now), before].slice(-PAST_PAGES)
}
