import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, reactive, shallowRef } from 'vue'
import { useLabelling, type LabelPad, type LabelRoom } from '../../../client/features/label/use-labelling.ts'
import { createOutbox } from '../../../client/net/outbox.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { AppError, type ErrorCode } from '../../../shared/protocol/errors.ts'
import type { DrawingInfo } from '../../../shared/protocol/entities.ts'

const stroke = { xs: Float32Array.of(1, 2), ys: Float32Array.of(1, 2) }
const drawing: DrawingInfo = {
  id: 'd1',
  canvasId: 'c1',
  pageId: 'p1',
  classId: 'k1',
  byUserId: 'u1',
  contributorIds: [],
  split: 'train',
  seq: 1,
  at: 0,
}
const counts = { byClass: { k1: 1 }, toSort: 0, keptAside: 0, total: 1 }

function setUp() {
  const status = shallowRef<SocketStatus>('online')
  const keys: string[] = []
  let fault: ErrorCode | null = null
  const command = (async (_name: string, { idempotencyKey }: { idempotencyKey: string }) => {
    await Promise.resolve()
    if (fault) throw new AppError(fault)
    keys.push(idempotencyKey)
    return { drawing, counts }
  }) as RoomSocket['command']
  const outbox = createOutbox({ status, command })
  const strokes = shallowRef([{ stroke }])
  const undoTurn = vi.fn(() => 'current' as const)
  const pad: LabelPad = {
    strokes,
    turnPage: () => ({ pageId: 'p1', strokeIds: ['s1'], stateVector: new Uint8Array(), undoTurn }),
  }
  const room: LabelRoom = reactive({
    get online() {
      return status.value === 'online'
    },
    canLabel: true,
    openCanvasId: 'c1',
    counts: { ...counts, total: 0 },
    addDrawing: vi.fn(),
    deliver: outbox.send,
  })
  const said: string[] = []
  const scope = effectScope()
  const labelling = scope.run(() =>
    useLabelling({
      room,
      pad: () => pad,
      onFly: () => said.push('fly'),
      onNothing: () => said.push('nothing'),
      onKept: () => said.push('kept'),
      onStored: () => said.push('stored'),
    }),
  )
  if (!labelling) throw new Error('the scope had ended')
  return {
    status,
    keys,
    said,
    undoTurn,
    labelling,
    outbox,
    scope,
    refuse: (code: ErrorCode | null) => {
      fault = code
    },
  }
}

describe('sending a label', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[LABELUI-3] keeps a label given offline, says so, and sends it once at the reconnect', async () => {
    const { status, keys, said, labelling, undoTurn } = setUp()
    status.value = 'offline'
    labelling.label('k1')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(said).toEqual(['fly', 'kept'])
    expect(keys).toEqual([])
    status.value = 'online'
    await vi.advanceTimersByTimeAsync(60_000)
    status.value = 'offline'
    status.value = 'online'
    await vi.advanceTimersByTimeAsync(60_000)
    expect(keys).toHaveLength(1)
    expect(said).toEqual(['fly', 'kept', 'stored'])
    expect(undoTurn).not.toHaveBeenCalled()
  })

  it('[LABELUI-3] has a word for a slow answer', async () => {
    const { said, labelling, refuse } = setUp()
    refuse('unavailable')
    labelling.label('k1')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(said).toEqual(['fly', 'kept'])
    refuse(null)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(said).toEqual(['fly', 'kept', 'stored'])
  })

  it('[LABELUI-3] brings the page back at a refusal, and tries again under the same key', async () => {
    const { keys, said, labelling, undoTurn, refuse } = setUp()
    refuse('unknown-class')
    labelling.label('k1')
    await vi.advanceTimersByTimeAsync(10)
    expect(undoTurn).toHaveBeenCalledTimes(1)
    expect(labelling.failure.value).toMatchObject({ classId: 'k1', error: { code: 'unknown-class' } })
    refuse(null)
    labelling.retry()
    await vi.advanceTimersByTimeAsync(10)
    expect(keys).toHaveLength(1)
    expect(said).toEqual(['fly', 'fly', 'stored'])
    expect(labelling.failure.value).toBeNull()
  })

  it('[LABELUI-3] says nothing of a label that was under way when the room was left', async () => {
    const { status, said, labelling, outbox, scope } = setUp()
    status.value = 'offline'
    labelling.label('k1')
    outbox.close()
    scope.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(said).toEqual(['fly'])
    expect(labelling.failure.value).toBeNull()
  })
})
