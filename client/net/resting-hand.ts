import type { Hand } from '../../shared/protocol/entities.ts'

/** The hand of a room in which nobody holds anything. */
export const restingHand: Hand = {
  frozenAll: false,
  frozenCanvasIds: [],
  labelsLocked: false,
  namesHidden: false,
  lobby: false,
  ended: false,
  spotlight: null,
  followUserId: null,
}
