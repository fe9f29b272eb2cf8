/*
 * Preloaded into a server's process (`--import`): stands between its main thread and the store's thread. STORE_DELAY_MS
 * delays each call; from SIGUSR2 on each call fails, until the next SIGUSR2.
 */
import process from 'node:process'
import { setTimeout } from 'node:timers'
import { isMainThread, Worker } from 'node:worker_threads'

if (isMainThread) {
  const delayMs = Number(process.env.STORE_DELAY_MS ?? 0)
  const post = Worker.prototype.postMessage
  let broken = false
  process.on('SIGUSR2', () => {
    broken = !broken
  })
  Worker.prototype.postMessage = function (message, ...rest) {
    const isCall = typeof message?.id === 'number' && typeof message.method === 'string'
    if (!isCall) return post.call(this, message, ...rest)
    const send = () => {
      if (!broken || message.method === 'close') return post.call(this, message, ...rest)
      const error = { code: 'unavailable', message: 'the database does not answer', cause: null }
      this.emit('message', { kind: 'replies', replies: [{ id: message.id, ok: false, error }] })
    }
    setTimeout(send, delayMs)
  }
}
