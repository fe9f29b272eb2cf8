import type { Hand, Person } from '../../../shared/protocol/entities.ts'

/** Who or what leads everybody's eyes. A canvas of null is one that nobody can open at the moment. */
export type Lead =
  | { readonly kind: 'spotlight'; readonly canvasId: string }
  | { readonly kind: 'follow'; readonly userId: string; readonly canvasId: string | null }

/** What the hand asks of everybody's pad: the spotlight before somebody who is followed; null while it asks nothing. */
export function leadOf(hand: Hand, people: ReadonlyMap<string, Person>): Lead | null {
  if (hand.ended) return null
  if (hand.spotlight !== null) return { kind: 'spotlight', canvasId: hand.spotlight }
  const userId = hand.followUserId
  if (userId === null) return null
  return { kind: 'follow', userId, canvasId: people.get(userId)?.canvasId ?? null }
}
