import { describe, expect, it, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { ScratchGuesses } from '../../../client/features/draw/scratch-guess.ts'
import { ScratchModel } from '../../../client/features/draw/scratch-model.ts'
import type { RoomSocket, SocketStatus } from '../../../client/net/socket.ts'
import { AppError } from '../../../shared/protocol/errors.ts'
import type { InkMessage } from '../../../shared/protocol/ink.ts'

const classes = [
  { id: 'b', name: '1', number: 2, count: 0 },
  { id: 'a', name: '0', number: 1, count: 0 },
]

describe('the guess of the scratch pad', () => {
  it('[DRAW-12] is the one that saw most of the drawing as it is, in the order of the classes', () => {
    const guesses = new ScratchGuesses()
    guesses.setClasses(classes, ['a', 'b'])
    expect(guesses.offer({ points: 20, probabilities: [0.1, 0.9] }, 30)).toBe(true)
    expect(guesses.offer({ points: 12, probabilities: [0.8, 0.2] }, 30)).toBe(false)
    expect(guesses.current.probabilities).toEqual([0.9, 0.1])
    guesses.restart(10)
    expect(guesses.offer({ points: 30, probabilities: [0.3, 0.7] }, 10)).toBe(false)
    expect(guesses.offer({ points: 10, probabilities: [0.6, 0.4] }, 10)).toBe(true)
    guesses.restart(0)
    expect(guesses.current.probabilities).toBeNull()
  })
})

function fakeSocket() {
  const status = shallowRef<SocketStatus>('connecting')
  const commands: { name: string; payload: unknown }[] = []
  const ink: InkMessage[][] = []
  const socket: RoomSocket = {
    status,
    async command(name, payload) {
      commands.push({ name, payload })
      await Promise.resolve()
      const result = name === 'scratch:open' ? { model: { classIds: ['a', 'b'] }, classes } : {}
      return result as never
    },
    on: () => () => undefined,
    sendInk: (messages) => void ink.push([...messages]),
    onReconnect: () => () => undefined,
    close: () => undefined,
  }
  const told = (): string[] => {
    const last = commands.findLast(({ name }) => name === 'scratch:set')?.payload as
      { strokes: { id: string }[] } | undefined
    return last?.strokes.map(({ id }) => id) ?? []
  }
  return { socket, status, commands, ink, told }
}
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) await nextTick()
}
const point = (x: number, y: number) => ({ x, y, time: 1, pressure: null })

function drawLine(model: ScratchModel, y: number): void {
  model.beginStroke(point(10, y))
  model.extendStroke([point(60, y), point(90, y)])
  model.commitStroke()
}

describe('the scratch pad', () => {
  it('[DRAW-13] draws without a server and tells it everything once there is one', async () => {
    const { socket, status, ink, told, commands } = fakeSocket()
    const model = new ScratchModel(socket)
    drawLine(model, 10)
    status.value = 'offline'
    await settled()
    expect(model.status.value).toBe('offline')
    expect(ink).toHaveLength(0)
    status.value = 'online'
    await settled()
    expect(model.status.value).toBe('live')
    expect(commands[0]?.name).toBe('scratch:open')
    expect(told()).toEqual(model.strokes.value.map(({ id }) => id))
    model.close()
  })

  it('[DRAW-14] tells the server what is left after each stroke, undo, redo, erasure and clean page', async () => {
    const { socket, status, told, ink } = fakeSocket()
    const model = new ScratchModel(socket)
    status.value = 'online'
    await settled()
    drawLine(model, 10)
    drawLine(model, 200)
    expect(ink.flat().filter(({ kind }) => kind === 'tail').length).toBeGreaterThanOrEqual(2)
    const current = (): string[] => model.strokes.value.map(({ id }) => id)
    const steps: [() => void, number][] = [
      [() => undefined, 2],
      [() => model.undo(), 1],
      [() => model.redo(), 2],
      [() => model.eraseAt(50, 12, 10), 1],
      [() => model.undo(), 2],
      [() => model.clear(), 0],
      [() => model.undo(), 2],
    ]
    for (const [step, count] of steps) {
      step()
      model.endErase()
      await settled()
      expect(current()).toHaveLength(count)
      expect(told()).toEqual(current())
    }
    model.close()
  })
})

it('[DRAW-13] a scratch pad that was refused asks again after a pause, and not once it is closed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { socket, status, commands } = fakeSocket()
    const opens = (): number => commands.filter(({ name }) => name === 'scratch:open').length
    const command = socket.command.bind(socket)
    let refused = true
    Object.assign(socket, {
      command: async (...words: Parameters<typeof command>) => {
        const answer = await command(...words)
        if (refused) throw new AppError('unavailable')
        return answer
      },
    })
    const model = new ScratchModel(socket)
    status.value = 'online'
    await settled()
    expect([model.status.value, opens()]).toEqual(['offline', 1])
    refused = false
    await vi.advanceTimersByTimeAsync(5_000)
    await settled()
    expect([model.status.value, opens()]).toEqual(['live', 2])
    model.close()

    refused = true
    const closed = new ScratchModel(socket)
    await settled()
    closed.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(opens()).toBe(3)
  } finally {
    vi.useRealTimers()
  }
})
