import { describe, expect, it } from 'vitest'
import { alignProbabilities } from '../../../client/net/align.ts'
import { emptyTrack, inkRemoved, pageTurned, takeGuess } from '../../../client/net/prediction-order.ts'
import { percentText, verdictOf } from '../../../client/net/verdict.ts'
import type { Prediction } from '../../../shared/protocol/events.ts'

function guess(fields: Partial<Prediction> = {}): Prediction {
  return {
    canvasId: 'c1',
    pageId: 'p1',
    strokeId: 's1',
    points: 10,
    strokePoints: 10,
    modelVersion: 3,
    probabilities: [0.2, 0.8],
    ...fields,
  }
}
const classOf = (id: string, number: number) => ({ id, name: id, number, count: 0 })

describe('the order of guesses', () => {
  it('[GUESS-1] drops a guess of an older model', () => {
    const track = takeGuess(emptyTrack, guess())
    expect(takeGuess(track, guess({ modelVersion: 2, points: 50 }))).toBe(track)
    expect(takeGuess(track, guess({ modelVersion: 4 })).shown?.modelVersion).toBe(4)
  })

  it('[GUESS-1] drops a guess that saw fewer points of the page', () => {
    const track = takeGuess(emptyTrack, guess({ points: 20 }))
    expect(takeGuess(track, guess({ points: 12 })).shown?.points).toBe(20)
  })

  it('[GUESS-2] shows a guess that saw less once ink was removed, whichever is told first', () => {
    const track = takeGuess(emptyTrack, guess({ points: 20 }))
    expect(inkRemoved(takeGuess(track, guess({ points: 12 }))).shown?.points).toBe(12)
    expect(takeGuess(inkRemoved(track), guess({ points: 12 })).shown?.points).toBe(12)
  })

  it('[GUESS-3] drops late guesses of a page that was turned, and takes them again when it returns', () => {
    const turned = pageTurned(takeGuess(emptyTrack, guess()), 'p2')
    expect(turned.shown).toBeNull()
    expect(takeGuess(turned, guess({ points: 30 })).shown).toBeNull()
    expect(takeGuess(turned, guess({ pageId: 'p2', points: 1 })).shown?.pageId).toBe('p2')
    const back = pageTurned(turned, 'p1')
    expect(takeGuess(back, guess({ points: 30 })).shown?.points).toBe(30)
  })

  it('[GUESS-3] shows what a page was guessed to be that came back unheard, once it is known to be the current one', () => {
    const away = [guess(), guess({ pageId: 'p2', points: 0 }), guess({ points: 30, modelVersion: 4 })]
    const track = away.reduce(takeGuess, emptyTrack)
    expect(track.shown?.pageId).toBe('p2')
    expect(inkRemoved(track).shown?.pageId).toBe('p2')
    expect(pageTurned(track, 'p1').shown?.points).toBe(30)
    expect(pageTurned(track, 'p2').shown?.pageId).toBe('p2')
  })

  it('[GUESS-2] shows a guess that saw less once the page is known as it stands', () => {
    const track = takeGuess(takeGuess(emptyTrack, guess({ points: 20 })), guess({ points: 12 }))
    expect(pageTurned(track, 'p1').shown?.points).toBe(12)
  })

  it('[GUESS-3] turns with the first guess of a newer page', () => {
    const track = takeGuess(takeGuess(emptyTrack, guess()), guess({ pageId: 'p2', points: 2 }))
    expect(track.shown?.pageId).toBe('p2')
    expect(takeGuess(track, guess({ points: 40 })).shown?.pageId).toBe('p2')
  })
})

describe('what is said of a guess', () => {
  it('[GUESS-4] puts probabilities in the order of the classes, 0 for one the model does not know', () => {
    const classes = [classOf('a', 1), classOf('b', 2), classOf('c', 3)]
    expect(alignProbabilities(['c', 'a'], [0.7, 0.3], classes)).toEqual([0.3, 0, 0.7])
    expect(alignProbabilities(['c'], [0.7, 0.3], classes)).toBeNull()
  })

  it('[GUESS-5] is sure from 40% on, or from 1.3 times chance with few classes', () => {
    expect(verdictOf(null)).toEqual({ state: 'blank' })
    expect(verdictOf([1])).toMatchObject({ state: 'unsure' })
    expect(verdictOf([0.6, 0.4])).toMatchObject({ state: 'unsure', index: 0 })
    expect(verdictOf([0.3, 0.7])).toMatchObject({ state: 'sure', index: 1 })
    expect(verdictOf([0.39, ...Array<number>(9).fill(0.067)])).toMatchObject({ state: 'unsure' })
    expect(verdictOf([0.41, ...Array<number>(9).fill(0.065)])).toMatchObject({ state: 'sure' })
  })

  it('[GUESS-5] never says 100 per cent', () => {
    expect([0.004, 0.123, 0.999].map(percentText)).toEqual(['<1', '12', '99'])
  })
})
