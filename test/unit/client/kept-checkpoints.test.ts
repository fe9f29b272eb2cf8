import { afterEach, describe, expect, it } from 'vitest'
import { effectScope, reactive, type EffectScope } from 'vue'
import {
  classRows,
  higher,
  reasonWords,
  withChange,
} from '../../../client/features/checkpoints/checkpoint-words.ts'
import { useCheckpoints, type CheckpointRoom } from '../../../client/features/checkpoints/use-checkpoints.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CheckpointInfo, CheckpointReport } from '../../../shared/protocol/entities.ts'

function checkpoint(id: string, at: number, more: Partial<CheckpointInfo> = {}): CheckpointInfo {
  return {
    id,
    at,
    step: at,
    reason: 'schedule',
    bytes: 400_000,
    pinned: false,
    name: null,
    accuracy: 0.8,
    accuracyKind: 'test',
    loss: 0.4,
    trainedTo: at,
    classes: 2,
    family: 'cnn',
    fromId: null,
    problem: null,
    ...more,
  }
}

function report(checkpointId: string, perClass: CheckpointReport['perClass']): CheckpointReport {
  return { checkpointId, drawings: 10, accuracy: null, surprise: null, perClass }
}

describe('the list of checkpoints', () => {
  it('[UI-KEPT-3] takes in what is new, changed and gone, newest first', () => {
    const list = [checkpoint('b', 2), checkpoint('a', 1)]
    const added = checkpoint('c', 3)
    expect(withChange(list, { added, changed: null, removed: ['a'] }).map(({ id }) => id)).toEqual(['c', 'b'])
    const changed = checkpoint('a', 1, { name: 'first' })
    const after = withChange(list, { added: null, changed, removed: [] })
    expect(after.map(({ id, name }) => [id, name])).toEqual([
      ['b', null],
      ['a', 'first'],
    ])
  })

  it('[UI-KEPT-3] says where a roll back went, by name or time, also when that one is deleted', () => {
    const back = checkpoint('c', 3, { reason: 'rollback', fromId: 'a' })
    const when = (at: number): string => `at ${at}`
    const named = checkpoint('a', 1, { name: 'first' })
    expect(reasonWords(back, [back, named], when)).toEqual({ key: 'rollback', values: { from: 'first' } })
    expect(reasonWords(back, [back, checkpoint('a', 1)], when).values).toEqual({ from: 'at 1' })
    expect(reasonWords(back, [back], when).key).toBe('rollbackGone')
    expect(reasonWords(named, [], when).key).toBe('schedule')
  })
})

describe('two checkpoints side by side', () => {
  it('[UI-KEPT-4] the better share wins a line, equals none, and what one side did not see is unknown', () => {
    const a = report('a', [
      { classId: 'cat', right: 3, of: 4 },
      { classId: 'sun', right: 2, of: 2 },
      { classId: 'old', right: 1, of: 1 },
      { classId: 'none', right: 0, of: 0 },
    ])
    const b = report('b', [
      { classId: 'cat', right: 4, of: 4 },
      { classId: 'sun', right: 2, of: 2 },
      { classId: 'none', right: 0, of: 0 },
    ])
    const rows = classRows(a, b, ['sun', 'cat', 'old', 'none'])
    expect(rows.map(({ classId, better }) => [classId, better])).toEqual([
      ['sun', null],
      ['cat', 'b'],
      ['old', null],
    ])
    expect(rows[2]?.b).toBeNull()
    expect([higher(0.5, 0.4), higher(0.4, 0.5), higher(0.5, 0.5), higher(null, 1)]).toEqual([
      'a',
      'b',
      null,
      null,
    ])
  })
})

describe('the room’s checkpoints', () => {
  const scopes: EffectScope[] = []
  afterEach(() => {
    for (const scope of scopes.splice(0)) scope.stop()
  })

  /** A room that answers with `stored`, and whose events a test sends. */
  function fakeRoom(stored: CheckpointInfo[]) {
    const heard = new Map<string, (payload: unknown) => void>()
    const asked: string[] = []
    let refuse = false
    const room = reactive({
      phase: { state: 'live' },
      training: null as { step: number } | null,
      socket: {
        on: (event: string, handler: (payload: unknown) => void) => {
          heard.set(event, handler)
          return () => heard.delete(event)
        },
      },
      command: (name: string, payload: { checkpointId?: string }) => {
        asked.push(name)
        if (refuse) return Promise.reject(new AppError('unavailable'))
        const found = stored.find(({ id }) => id === payload.checkpointId)
        if (name === 'checkpoint:list') {
          return Promise.resolve({ checkpoints: stored, currentId: stored[0]?.id ?? null })
        }
        if (name === 'checkpoint:edit') return Promise.resolve({ ...found, ...payload })
        if (name === 'checkpoint:restore') {
          const back = checkpoint('back', 99, { reason: 'rollback', fromId: payload.checkpointId ?? null })
          return Promise.resolve({ checkpoint: back, training: { step: 99 } })
        }
        return Promise.resolve({})
      },
    })
    return {
      room,
      asked,
      heard,
      refuse: (is: boolean) => (refuse = is),
      tell: (payload: unknown) => heard.get('checkpoint:changed')?.(payload),
    }
  }
  function follow(stored: CheckpointInfo[]) {
    const fake = fakeRoom(stored)
    const scope = effectScope()
    scopes.push(scope)
    // The fake knows no more of a room than the list asks of it.
    const room: CheckpointRoom = fake.room as never
    const made = scope.run(() => useCheckpoints(room))
    if (!made) throw new Error('the scope has ended')
    return { ...fake, scope, made, ids: () => made.list.value.map(({ id }) => id) }
  }

  it('[UI-KEPT-3] are loaded, follow what the server tells, and are asked for again after a return', async () => {
    const { made, room, tell, asked, ids, heard, scope } = follow([checkpoint('b', 2), checkpoint('a', 1)])
    await expect.poll(ids).toEqual(['b', 'a'])
    expect(made.currentId.value).toBe('b')
    tell({ added: checkpoint('c', 3), changed: null, removed: ['a'] })
    expect([ids(), made.currentId.value]).toEqual([['c', 'b'], 'c'])
    room.phase = { state: 'joining' }
    await Promise.resolve()
    room.phase = { state: 'live' }
    await expect.poll(() => asked.filter((name) => name === 'checkpoint:list').length).toBe(2)
    await expect.poll(ids).toEqual(['b', 'a'])
    scope.stop()
    expect(heard.size).toBe(0)
  })

  it('[UI-KEPT-3] a failed load is said and tried again', async () => {
    const { made, refuse, room, ids } = follow([checkpoint('a', 1)])
    await expect.poll(ids).toEqual(['a'])
    refuse(true)
    await made.load()
    expect([made.state.value, ids()]).toEqual(['failed', ['a']])
    refuse(false)
    await made.load()
    expect([made.state.value, room.training]).toEqual(['ready', null])
  })

  it('[UI-KEPT-3] a roll back is itself the newest of the list, and the training follows it', async () => {
    const { made, room, ids } = follow([checkpoint('b', 2), checkpoint('a', 1)])
    await expect.poll(ids).toEqual(['b', 'a'])
    await made.restore('a')
    expect([ids(), made.currentId.value, room.training]).toEqual([['back', 'b', 'a'], 'back', { step: 99 }])
    room.training = { step: 100 }
    expect(made.currentId.value).toBeNull()
    await made.edit('a', { name: 'first', pinned: true })
    expect(made.list.value.at(-1)).toMatchObject({ id: 'a', name: 'first', pinned: true })
    await made.remove('b')
    expect(ids()).toEqual(['back', 'a'])
  })
})
