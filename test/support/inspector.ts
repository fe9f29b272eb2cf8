import { once } from 'node:events'
import { WebSocket } from 'ws'

interface Target {
  readonly webSocketDebuggerUrl: string
}

interface Reply {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: { readonly message: string }
}

const USED_HEAP = 'process.memoryUsage().heapUsed'

/**
 * MB on the heap of a process's main thread after a full collection, asked over the port it was started with as
 * `--inspect=127.0.0.1:port`: the program itself needs no way to be asked.
 */
export async function heapAfterCollection(port: number): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${String(port)}/json/list`)
  const [target] = (await reply.json()) as Target[]
  if (!target) throw new Error('nothing can be inspected at this port')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await once(socket, 'open')
  try {
    await ask(socket, 1, 'HeapProfiler.collectGarbage')
    const { result } = await ask(socket, 2, 'Runtime.evaluate', {
      expression: USED_HEAP,
      returnByValue: true,
    })
    return Number(result?.result?.value) / 1_048_576
  } finally {
    socket.close()
  }
}

function ask(socket: WebSocket, id: number, method: string, params = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const hear = (data: unknown): void => {
      const reply = JSON.parse(String(data)) as Reply
      if (reply.id !== id) return
      socket.off('message', hear)
      if (reply.error) reject(new Error(`${method}: ${reply.error.message}`))
      else resolve(reply)
    }
    socket.on('message', hear)
    socket.send(JSON.stringify({ id, method, params }))
  })
}
