import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, shallowRef, type EffectScope } from 'vue'
import { useNewGeneration } from '../../../client/app/room/use-new-generation.ts'
import { LATE_MS, useSaveTrouble } from '../../../client/app/room/use-save-trouble.ts'
import { NoAnswerError } from '../../../client/net/no-answer.ts'
import { createOutbox } from '../../../client/net/outbox.ts'
import type { SocketStatus } from '../../../client/net/socket.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { CanvasInfo } from '../../../shared/protocol/entities.ts'

const scopes: EffectScope[] = []
function within<T>(make: () => T): T {
  const scope = effectScope()
  scopes.push(scope)
  return scope.run(make) as T
}
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop()
  vi.useRealTimers()
})

describe('a server that cannot save', () => {
  function standing() {
    const [refused, unsaved, connected] = [ref(0), ref(0), ref(true)]
    const { trouble } = within(() =>
      useSaveTrouble({
        refused: () => refused.value,
        unsaved: () => unsaved.value,
        connected: () => connected.value,
      }),
    )
    return { refused, unsaved, connected, trouble }
  }

  it('[UI-KEPT-5] is said of a label it refused, and of strokes that do not get less for a while', async () => {
    const { refused, unsaved, trouble } = standing()
    refused.value = 1
    expect(trouble.value).toBe(true)
    refused.value = 0
    expect(trouble.value).toBe(false)
    unsaved.value = 1
    await nextTick()
    await vi.advanceTimersByTimeAsync(LATE_MS / 2)
    unsaved.value = 2
    await nextTick()
    await vi.advanceTimersByTimeAsync(LATE_MS / 2)
    expect(trouble.value).toBe(true)
    unsaved.value = 0
    await nextTick()
    expect(trouble.value).toBe(false)
  })

  it('[UI-KEPT-5] is not said while strokes are saved one after the other, nor while it is away', async () => {
    const { unsaved, connected, trouble } = standing()
    for (let i = 0; i < 8; i++) {
      unsaved.value = 2
      await nextTick()
      await vi.advanceTimersByTimeAsync(LATE_MS / 3)
      unsaved.value = 1
      await nextTick()
      await vi.advanceTimersByTimeAsync(LATE_MS / 3)
      expect(trouble.value).toBe(false)
    }
    connected.value = false
    await nextTick()
    await vi.advanceTimersByTimeAsync(LATE_MS * 2)
    expect(trouble.value).toBe(false)
  })

  it('[UI-KEPT-5] a label it refused waits on and counts as refused until it is taken; a lost answer does not', async () => {
    const status = shallowRef<SocketStatus>('online')
    const faults = [
      new NoAnswerError('no answer to drawing:label'),
      new AppError('unavailable', 'the store is away'),
    ]
    const outbox = createOutbox({
      status,
      command: async () => {
        await Promise.resolve()
        const fault = faults.shift()
        if (fault) throw fault
        return {} as never
      },
    })
    const sent = outbox.send('drawing:label', {
      canvasId: 'c1',
      pageId: 'p1',
      classId: 'k1',
      stateVector: new Uint8Array(),
      idempotencyKey: 'key-0001',
    })
    await vi.waitFor(() => {
      expect(faults).toHaveLength(1)
    })
    expect(outbox.refused.value).toBe(0)
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(50)
      expect(faults).toHaveLength(0)
    })
    expect([outbox.refused.value, outbox.states.value.size]).toEqual([1, 1])
    await vi.advanceTimersByTimeAsync(10_000)
    await sent
    expect([outbox.refused.value, outbox.states.value.size]).toEqual([0, 0])
    outbox.close()
  })
})

describe('a page that begins anew', () => {
  const page = (generation: number, id = 'c1'): CanvasInfo => ({
    id,
    generation,
    ownerId: 'u1',
    name: 'Mia',
    openTo: 'all',
  })
  function standing() {
    const canvas = shallowRef<CanvasInfo | null>(page(1))
    const deleted = ref(false)
    const [ask, onAnew] = [vi.fn(), vi.fn()]
    const { between } = within(() =>
      useNewGeneration({ canvas: () => canvas.value, deleted: () => deleted.value, ask, onAnew }),
    )
    return { canvas, deleted, ask, onAnew, between }
  }

  it('[UI-KEPT-6] is told once its generation rose, not when another page is opened', async () => {
    const { canvas, onAnew } = standing()
    canvas.value = page(4, 'c2')
    await nextTick()
    expect(onAnew).not.toHaveBeenCalled()
    canvas.value = page(5, 'c2')
    await nextTick()
    expect(onAnew).toHaveBeenCalledOnce()
  })

  it('[UI-KEPT-6] is no failure before the room was asked and had its time', async () => {
    const { deleted, ask, between } = standing()
    deleted.value = true
    await nextTick()
    expect([between.value, ask.mock.calls.length]).toEqual([true, 0])
    await vi.advanceTimersByTimeAsync(2_000)
    expect([between.value, ask.mock.calls.length]).toEqual([true, 1])
    await vi.advanceTimersByTimeAsync(10_000)
    expect([between.value, ask.mock.calls.length]).toEqual([false, 1])
  })

  it('[UI-KEPT-6] asks nothing where the next generation came by itself', async () => {
    const { deleted, ask, between } = standing()
    deleted.value = true
    await nextTick()
    deleted.value = false
    await nextTick()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([between.value, ask.mock.calls.length]).toEqual([false, 0])
  })
})
