import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { BackupError } from './backup-error.ts'
import type { Control } from './control-file.ts'

/** Nobody answers there, or somebody who knows nothing of backups: the word of a server that is gone. */
export class NoServer extends Error {
  override readonly name = 'NoServer'
}

/**
 * Asks the server of `control`; answers its reply where that is one of success, unread.
 * @throws NoServer, BackupError with the server's own words
 */
export async function askServer(
  control: Control,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<IncomingMessage> {
  const socket = await connected(control)
  const text = body === undefined ? '' : JSON.stringify(body)
  const asked = request({
    createConnection: () => socket,
    method,
    path,
    headers: {
      host: `${urlHost(addressOf(control))}:${String(control.port)}`,
      authorization: `Bearer ${control.secret}`,
      connection: 'close',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    },
  })
  asked.end(text)
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  const { statusCode = 0 } = reply
  if (statusCode >= 200 && statusCode < 300) return reply
  const problem = await textOf(reply)
  if (statusCode === 404)
    throw new NoServer(`no server of this folder answers at port ${String(control.port)}`)
  throw new BackupError(`the server refused: ${detailOf(problem)}`)
}

export async function textOf(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of reply as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The secret goes to nobody but the holder of the certificate that the file names. */
async function connected(control: Control): Promise<Socket> {
  const where = { host: addressOf(control), port: control.port }
  try {
    if (control.tls === null) {
      const socket = connect(where)
      await once(socket, 'connect')
      return socket
    }
    // It need not be signed by anybody: it is compared with the one that is expected.
    const socket = connectTls({ ...where, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    if (socket.getPeerCertificate().fingerprint256 === control.tls) return socket
    socket.destroy()
    throw new BackupError(
      'the server at that port shows another certificate than the one that was started here',
    )
  } catch (cause) {
    if (cause instanceof BackupError) throw cause
    throw new NoServer(`nobody answers at port ${String(control.port)}`, { cause })
  }
}

function addressOf({ host }: Control): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function detailOf(problem: string): string {
  try {
    const parsed: unknown = JSON.parse(problem)
    if (typeof parsed === 'object' && parsed !== null && 'detail' in parsed) return String(parsed.detail)
  } catch {
    // It is told as it came.
  }
  return problem.slice(0, 200)
}
