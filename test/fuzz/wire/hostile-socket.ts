import { ServerSocket, type Listener, type Peer } from '../converge/network.ts'
import type { Place } from '../converge/person.ts'

/** A canvas connection of somebody who sends what they like, straight into the server's hands. */
export class HostileSocket implements Peer {
  private readonly server: ServerSocket
  private heard = false

  constructor(listener: Listener, userId: string, { projectId, canvasId }: Place) {
    this.server = new ServerSocket(this)
    listener(this.server, `ws://server/sync/${projectId}/${canvasId}.1`, ['trainboard', `token.${userId}`])
  }

  /** Whether the server has begun to talk, and reads what comes. */
  get isOpen(): boolean {
    return this.heard && this.server.readyState === this.server.OPEN
  }

  get closed(): boolean {
    return this.server.readyState !== this.server.OPEN
  }

  send(frame: Uint8Array): void {
    this.server.receive(frame)
  }

  deliver(): void {
    this.heard = true
  }

  pong(): void {
    this.server.emit('pong')
  }

  closedByServer(): void {
    setTimeout(() => this.server.end(), 1)
  }

  cut(): void {
    this.server.end()
  }
}
