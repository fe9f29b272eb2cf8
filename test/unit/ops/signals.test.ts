import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { hearSignals } from '../../../server/ops/signals.ts'

class FakeProcess extends EventEmitter {
  ppid = 100
}

function hearing(startedByNpm = false) {
  const source = new FakeProcess()
  let time = 0
  const heard: string[] = []
  const end = hearSignals({
    source,
    now: () => time,
    startedByNpm,
    stop: (reason) => heard.push(`stop ${reason}`),
    exitAtOnce: (reason) => heard.push(`exit ${reason}`),
  })
  const at = (ms: number, signal: string): void => {
    time = ms
    source.emit(signal, signal)
  }
  return { source, heard, at, end }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('signals', () => {
  test('[STOP-1] signals within a second are one', () => {
    const { heard, at, end } = hearing()
    at(0, 'SIGINT')
    at(1, 'SIGINT')
    at(900, 'SIGTERM')
    expect(heard).toEqual(['stop SIGINT'])
    end()
  })

  test('[STOP-1] a later second signal exits at once', () => {
    const { heard, at, end } = hearing()
    at(0, 'SIGTERM')
    at(1_500, 'SIGTERM')
    expect(heard).toEqual(['stop SIGTERM', 'exit SIGTERM'])
    end()
  })

  test('[STOP-2] started by npm, another parent counts as SIGTERM, once', () => {
    const { source, heard, end } = hearing(true)
    source.ppid = 1
    vi.advanceTimersByTime(5_000)
    expect(heard).toEqual(['stop the end of npm'])
    end()
  })

  test('[STOP-2] started otherwise, the parent may change', () => {
    const { source, heard, end } = hearing(false)
    source.ppid = 1
    vi.advanceTimersByTime(5_000)
    expect(heard).toEqual([])
    end()
  })
})
