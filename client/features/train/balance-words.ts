import type { ClassInfo } from '../../../shared/protocol/entities.ts'
import type { TrainingStatus } from '../../../shared/training/status.ts'
import type { Words } from './say.ts'

/** A pile below this share of the mean is thin. */
const THIN = 0.6

export interface Pile {
  readonly id: string
  readonly name: string
  readonly number: number
  readonly count: number
}

/** The piles in class order. */
export function pilesOf(
  classes: readonly ClassInfo[],
  countOf: (classId: string) => number,
): readonly Pile[] {
  return classes.map(({ id, name, number }) => ({ id, name, number, count: countOf(id) }))
}

/** How even the piles are, and what stands out. */
export function balanceWords(piles: readonly Pile[]): {
  readonly title: Words
  readonly detail: Words | null
} {
  const least = leastPile(piles)
  if (!least || piles.every(({ count }) => count === 0)) return { title: { key: 'noPiles' }, detail: null }
  const most = Math.max(...piles.map(({ count }) => count))
  if (least.count === most) return { title: { key: 'even' }, detail: { key: 'each', values: { n: most } } }
  const thin = piles.filter(({ count }) => count < THIN * mean(piles)).length
  const title = thin === 0 ? 'nearlyEven' : thin * 3 > piles.length ? 'uneven' : 'mostlyEven'
  return {
    title: { key: title },
    detail: { key: least.count === 0 ? 'hasNone' : 'hasOnly', values: { name: least.name, n: least.count } },
  }
}

/**
 * What is worth drawing next: a pile that is empty or thin, else the class that is mistaken most, else the
 * smallest pile. Null without classes.
 */
export function drawNext(
  piles: readonly Pile[],
  mixedUp: TrainingStatus['mixedUp'],
): { readonly pile: Pile; readonly why: Words } | null {
  const least = leastPile(piles)
  if (!least) return null
  const mixed = mixedUp && piles.find(({ id }) => id === mixedUp[0])
  const taken = mixedUp && piles.find(({ id }) => id === mixedUp[1])
  if (mixed && taken && least.count >= THIN * mean(piles)) {
    return { pile: mixed, why: { key: 'mixed', values: { name: taken.name } } }
  }
  if (mixed && taken && mixed.id === least.id)
    return { pile: least, why: { key: 'mixed', values: { name: taken.name } } }
  if (least.count === 0) return { pile: least, why: { key: 'neverSeen' } }
  return { pile: least, why: { key: 'seenOnly', values: { n: least.count } } }
}

function mean(piles: readonly Pile[]): number {
  return piles.reduce((sum, { count }) => sum + count, 0) / piles.length
}

function leastPile(piles: readonly Pile[]): Pile | null {
  return piles.reduce<Pile | null>((least, pile) => (!least || pile.count < least.count ? pile : least), null)
}
