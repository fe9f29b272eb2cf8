import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { freePort } from './built-server.ts'
import { pinned, SERVER_CORE } from './pinned.ts'

const READY_WITHIN_MS = 15_000

/** Another server to compare with, on the server's core. */
export interface PeerServer {
  readonly port: number
  readonly child: ChildProcess
  stop(): Promise<void>
}

/** Starts a script that listens on `PORT`. @throws Error when it does not get there */
export async function startPeer(script: URL): Promise<PeerServer> {
  const port = await freePort()
  const [program, ...words] = pinned(SERVER_CORE, [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    fileURLToPath(script),
  ])
  const child = spawn(program, words, {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 2],
  })
  const exited = once(child, 'exit')
  const deadline = performance.now() + READY_WITHIN_MS
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${fileURLToPath(script)} did not begin to listen`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    port,
    child,
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (does: boolean) => (): void => {
      socket.destroy()
      resolve(does)
    }
    socket.once('connect', answer(true)).once('error', answer(false))
  })
}
