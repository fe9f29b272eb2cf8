import { afterEach, describe, expect, it } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { usePaged, type PageOf, type UsePagedReturn } from '../../../client/composables/paged.ts'
import { everything, queryOf } from '../../../client/features/dataset/drawing-filter.ts'
import { outcomeOf, shownOf } from '../../../client/features/history/history-words.ts'
import type { HistoryItem } from '../../../shared/protocol/entities.ts'

const scopes: EffectScope[] = []
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop()
})

/** A list of the numbers from 10 down to 1, three a page, which answers when told to. */
function pagedNumbers() {
  const asked: (number | null)[] = []
  const answers: { resolve(page: PageOf<number>): void; reject(error: Error): void }[] = []
  const scope = effectScope()
  scopes.push(scope)
  const paged: UsePagedReturn<number> | undefined = scope.run(() =>
    usePaged<number>((before) => {
      asked.push(before)
      return new Promise((resolve, reject) => answers.push({ resolve, reject }))
    }),
  )
  if (!paged) throw new Error('the scope has ended')
  const answer = async (page: PageOf<number>): Promise<void> => {
    answers.shift()?.resolve(page)
    await Promise.resolve()
    await Promise.resolve()
  }
  const fail = async (): Promise<void> => {
    answers.shift()?.reject(new Error('no answer'))
    await Promise.resolve()
    await Promise.resolve()
  }
  return { paged, asked, answer, fail }
}

describe('a list that comes page by page', () => {
  it('[UI-KEPT-1] asks for each page once, from where the one before ended, until there is none', async () => {
    const { paged, asked, answer } = pagedNumbers()
    void paged.reload()
    void paged.loadMore()
    await answer({ items: [10, 9, 8], next: 8 })
    expect([paged.items.value, paged.more.value]).toEqual([[10, 9, 8], true])
    void paged.loadMore()
    void paged.loadMore()
    await answer({ items: [7], next: null })
    expect([paged.items.value, paged.more.value, asked]).toEqual([[10, 9, 8, 7], false, [null, 8]])
  })

  it('[UI-KEPT-1] a page that failed is asked for again, and what was loaded stays', async () => {
    const { paged, asked, answer, fail } = pagedNumbers()
    void paged.reload()
    await answer({ items: [10], next: 10 })
    void paged.loadMore()
    await fail()
    expect([paged.state.value, paged.items.value]).toEqual(['failed', [10]])
    void paged.loadMore()
    await answer({ items: [9], next: null })
    expect([paged.state.value, paged.items.value, asked]).toEqual(['ready', [10, 9], [null, 10, 10]])
  })

  it('[UI-KEPT-1] an answer to what was asked before a reload is dropped', async () => {
    const { paged, answer } = pagedNumbers()
    void paged.reload()
    void paged.reload()
    await answer({ items: [3], next: null })
    expect([paged.state.value, paged.items.value]).toEqual(['loading', []])
    await answer({ items: [4], next: null })
    expect([paged.state.value, paged.items.value]).toEqual(['ready', [4]])
  })
})

describe('what is asked for and shown', () => {
  it('[UI-KEPT-2] drawings are asked for by class, person and use, also those without a label', () => {
    expect(queryOf(everything)).toEqual({ withdrawn: false })
    expect(queryOf({ classId: 'k1', userId: 'u1', use: 'test' })).toEqual({
      classId: 'k1',
      userId: 'u1',
      split: 'test',
      withdrawn: false,
    })
    expect(queryOf({ ...everything, classId: 'to-sort' })).toEqual({ classId: null, withdrawn: false })
    expect(queryOf({ ...everything, use: 'withdrawn' })).toEqual({ withdrawn: true })
  })

  it('[UI-KEPT-2] a guess is right by its first class, and open while nobody has said what it was', () => {
    const guess = [
      { classId: 'cat', share: 0.7 },
      { classId: 'dog', share: 0.2 },
    ]
    const item = (truthClassId: string | null, said = guess): HistoryItem => ({
      id: String(truthClassId),
      at: 0,
      canvasId: 'c1',
      modelVersion: 1,
      points: 12,
      guess: said,
      drawingId: truthClassId === null ? null : 'd1',
      truthClassId,
    })
    const all = [item('cat'), item('dog'), item(null), item('sun', [])]
    expect(all.map(outcomeOf)).toEqual(['right', 'wrong', 'open', 'wrong'])
    expect(shownOf(all, 'all')).toEqual(all)
    expect(shownOf(all, 'right').map(({ id }) => id)).toEqual(['cat'])
    expect(shownOf(all, 'wrong').map(({ id }) => id)).toEqual(['dog', 'sun'])
  })
})
