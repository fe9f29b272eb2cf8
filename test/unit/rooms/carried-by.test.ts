import { expect, it } from 'vitest'
import { carriersOf } from '../../../server/rooms/carried-by.ts'
import type { CheckpointInfo } from '../../../shared/protocol/entities.ts'

function checkpoint(id: string, at: number, trainedTo: number, fromId: string | null = null): CheckpointInfo {
  const figures = {
    accuracy: null,
    accuracyKind: null,
    loss: null,
    family: 'cnn' as const,
    classes: 2,
    bytes: 1,
    step: at,
  }
  const reason = fromId === null ? 'schedule' : 'rollback'
  return { id, at, trainedTo, fromId, reason, pinned: false, name: null, problem: null, ...figures }
}

/** Ids, newest first, of the carriers among checkpoints that are given oldest first. */
function carriers(firstSeq: number, at: number, ...checkpoints: CheckpointInfo[]): string[] {
  return carriersOf({ at, firstSeq }, checkpoints.reverse()).map(({ id }) => id)
}

it('[FORGET-9] what had learned from the first of them carries it, and all that goes on from there', () => {
  const before = [checkpoint('a', 10, 4), checkpoint('b', 20, 5), checkpoint('c', 30, 9)]
  expect(carriers(5, 35, ...before, checkpoint('d', 40, 12))).toEqual(['d', 'c', 'b'])
  expect(carriers(20, 35, ...before)).toEqual([])
})

it('[FORGET-9] nothing carries it any more once a state that had not learned from it is taken up', () => {
  const log = [checkpoint('a', 10, 4), checkpoint('b', 20, 9)]
  const clean = [checkpoint('c', 40, 9), checkpoint('d', 50, 12, 'a'), checkpoint('e', 60, 13)]
  expect(carriers(5, 30, ...log, ...clean)).toEqual(['c', 'b'])
  const again = [checkpoint('f', 70, 14, 'b'), checkpoint('g', 80, 15)]
  expect(carriers(5, 30, ...log, ...clean, ...again)).toEqual(['g', 'f', 'c', 'b'])
})

it('[FORGET-9] where it cannot be told, a checkpoint counts as carrying it', () => {
  expect(carriers(5, 30, checkpoint('d', 50, 12, 'gone'), checkpoint('e', 60, 13))).toEqual(['e', 'd'])
})
