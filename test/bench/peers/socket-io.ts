import { Server } from 'socket.io'

/** Socket.IO as its examples have it: each message is passed on at once, volatile. */
const server = new Server({ transports: ['websocket'] })
server.on('connection', (socket) => {
  socket.on('ink', (packet: unknown) => {
    socket.broadcast.volatile.emit('ink', packet)
  })
})
server.listen(Number(process.env['PORT']))
