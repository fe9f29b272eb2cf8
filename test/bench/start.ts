import { rm } from 'node:fs/promises'
import { build } from '../../server/build.js'
import { toBase64 } from '../../shared/canvas/base64.ts'
import { encodeStroke } from '../../shared/canvas/codec.ts'
import { newId } from '../../shared/ids/id.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { startBuilt, temporaryFolder, type BuiltServer } from '../support/built-server.ts'
import { loadDigits } from '../support/fixtures.ts'
import { Client } from '../support/clients.ts'
import { quantile } from '../support/quantile.ts'
import type { BenchOptions, Figures } from './options.ts'

/** How long the built server takes from its spawn to /ready, and to the first guess on the page's scratch pad. */
export default async function bench({ quick }: BenchOptions): Promise<Figures> {
  await build()
  const ready: number[] = []
  const guessed: number[] = []
  for (let run = 0; run < (quick ? 1 : 5); run++) {
    const dataDir = temporaryFolder()
    const startedAt = performance.now()
    const server = await startBuilt(dataDir)
    ready.push(server.readyMs)
    await firstGuess(server)
    guessed.push(performance.now() - startedAt)
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return {
    start_to_ready_ms: Math.round(quantile(ready, 0.5)),
    first_prediction_ms: Math.round(quantile(guessed, 0.5)),
    start_to_ready_max_ms: Math.round(Math.max(...ready)),
    runs: ready.length,
  }
}

async function firstGuess({ url }: BuiltServer): Promise<void> {
  const { socket } = Client.nobody(url)
  const [digit] = loadDigits(Date.now())
  const strokes = (digit?.strokes ?? []).map((stroke) => ({
    id: newId(),
    base64: toBase64(encodeStroke(stroke)),
  }))
  const guess = new Promise<void>((resolve, reject) => {
    socket.on('connect_error', reject)
    socket.on('prediction', ({ items }) => {
      if (items.some(({ probabilities }) => probabilities.length > 0)) resolve()
    })
  })
  socket.emit('scratch:open', { protocol: PROTOCOL_VERSION }, () => {
    socket.emit('scratch:set', { strokes }, () => undefined)
  })
  await guess
  socket.disconnect()
}
