import { WebSocketServer, type RawData } from 'ws'
import * as encoding from 'lib0/encoding'

/** How often a batch goes out, in ms: as in the product. */
const TICK_MS = 33

/** The least a server can do: everybody's packets of a tick in one message to everybody, nothing read and nothing kept. */
const server = new WebSocketServer({
  port: Number(process.env['PORT']),
  host: '127.0.0.1',
  perMessageDeflate: false,
})
let batch: Uint8Array[] = []
server.on('connection', (socket) => {
  socket.on('message', (data: RawData) => {
    if (data instanceof Buffer) batch.push(data)
  })
})
setInterval(() => {
  if (batch.length === 0) return
  const message = encoding.encode((out) => {
    for (const packet of batch) encoding.writeVarUint8Array(out, packet)
  })
  batch = []
  for (const socket of server.clients) socket.send(message)
}, TICK_MS)
