import { connect } from 'node:net'
import { WebSocket } from 'ws'
import type { Dice } from '../draw.ts'
import { hostileCommand, hostileInk, type Known } from './commands.ts'
import { anyValue, mutated, mutatedPayload, randomBytes } from './mutate.ts'

/** Where somebody hostile stands: what they know, and as whom the server knows them. */
export interface Stance {
  readonly url: string
  readonly known: Known
  /** Sessions of hostile members of the room. */
  readonly tokens: readonly string[]
  /** A frame for the canvas on which an editor among them may draw. */
  readonly frame: (dice: Dice) => Uint8Array
}

/** One visit of somebody hostile; answers how many messages the server is known to have decoded. */
export type Talk = (stance: Stance, dice: Dice) => Promise<number>

const PACKETS_A_TALK = 15
const FRAMES_A_TALK = 8
const REQUESTS_A_TALK = 6
/** A server that says nothing for so long has nothing to say, in ms. */
const PATIENCE_MS = 2_000
/** Packets of engine.io and Socket.IO as a client sends them. */
const PACKETS = [
  '40{"token":"x"}',
  '40/other,{}',
  '41',
  '42["room:join",{"projectId":"P","protocol":2}]',
  '421["room:join",{"projectId":"P","protocol":2}]',
  '42["ink"]',
  '451-["ink",{"_placeholder":true,"num":0}]',
  '451-["ink",{"_placeholder":true,"num":1e9}]',
  '459999999-["ink",{}]',
  '452-7["drawing:label",{"stateVector":{"_placeholder":true,"num":1}}]',
  '43[{"ok":{}}]',
  '431["__proto__"]',
  '44{"message":"x"}',
  '4',
  '2probe',
  '5',
  '3',
  '6',
]
/** A command that everybody may ask, and that changes nothing. */
const QUESTION = '["scratch:open",{"protocol":0}]'
/** A ping, which only a server may send: it ends the connection after all that came before it was read. */
const LAST_PACKET = '2'
const STEP_1 = Uint8Array.of(0, 0, 1, 0)
const UNREAD = /^(too m|a message has at most)/
const PATHS = [
  '/session',
  '/projects',
  '/join',
  '/projects/P',
  '/projects/P/codes',
  '/projects/P/owner-link',
  '/server',
]
const METHODS = ['GET', 'POST', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']

/**
 * Socket.IO over a WebSocket. Behind each packet goes a question: its answer, or the end of the connection, says that
 * the packet was decoded.
 */
export const talkByWebSocket: Talk = ({ url, known, tokens }, dice) => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
    origin: url,
  })
  const token = dice.pick([...tokens, ...tokens, 'x', null])
  return new Promise((resolve) => {
    let answered = 0
    let sent = 0
    const speak = (): void => {
      socket.send(`420["room:join",{"projectId":"${known.projectId}","protocol":2}]`)
      for (sent = 1; sent <= PACKETS_A_TALK; sent++) {
        for (const { data, binary } of hostilePackets(known, dice)) socket.send(data, { binary })
        socket.send(`42${String(sent)}${QUESTION}`)
      }
      socket.send(LAST_PACKET)
    }
    socket.on('message', (data) => {
      const text = data instanceof Buffer ? data.toString() : ''
      if (text.startsWith('0')) socket.send(`40${JSON.stringify(token === null ? {} : { token })}`)
      else if (sent === 0 && (text.startsWith('40') || text.startsWith('44'))) speak()
      else answered = Math.max(answered, Number(/^43(\d+)\[/.exec(text)?.[1] ?? 0))
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(sent === 0 ? 0 : Math.min(PACKETS_A_TALK, answered + 1)))
  })
}

/** A command, ink, or a packet that is almost none; with its attachments. */
function hostilePackets(known: Known, dice: Dice): { data: string | Uint8Array; binary: boolean }[] {
  const text = new TextEncoder()
  const pick = (): Uint8Array => text.encode(dice.pick(PACKETS).replace('P', known.projectId))
  const how = dice.fraction()
  if (how < 0.4) {
    const { name, payload } = hostileCommand(known, dice)
    return [{ data: `42${String(dice.int(100, 999))}${JSON.stringify([name, payload])}`, binary: false }]
  }
  if (how < 0.55) {
    const ink = hostileInk(known, dice)
    return [
      { data: '451-["ink",{"_placeholder":true,"num":0}]', binary: false },
      { data: ink, binary: true },
    ]
  }
  if (how < 0.65) return [{ data: `42${JSON.stringify([anyName(dice), anyValue(dice)])}`, binary: false }]
  if (how < 0.7) return [{ data: deep(dice), binary: false }]
  if (how < 0.75) return [{ data: randomBytes(dice, 40), binary: dice.chance(0.5) }]
  return [{ data: how < 0.9 ? mutated(pick(), pick(), dice) : pick(), binary: dice.chance(0.1) }]
}

/** Lists in lists, further than a stack reaches; some wait for an attachment. */
function deep(dice: Dice): string {
  const depth = dice.pick([100, 5_000, 200_000])
  const type = dice.pick(['42', '4299', '451-', '43'])
  return `${type}["ink",${'['.repeat(depth)}${']'.repeat(depth)}]`
}

function anyName(dice: Dice): string {
  return dice.pick([
    'room:join',
    'ink',
    'scratch:set',
    'disconnect',
    'error',
    '__proto__',
    'connect',
    'newListener',
    '',
  ])
}

/** Socket.IO by requests: a body of packets counts as one message. */
export const talkByPolling: Talk = async ({ url, known, tokens }, dice) => {
  const path = `${url}/socket.io/?EIO=4&transport=polling`
  const opened = await (await fetch(path, { headers: { origin: url } })).text()
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1] ?? ''
  const token = dice.pick(tokens)
  let decoded = 0
  for (let i = 0; i < 4; i++) {
    const packets = Array.from({ length: dice.int(1, 4) }, () => hostilePackets(known, dice)).flat()
    const texts = packets.map(({ data, binary }) =>
      binary ? `b${Buffer.from(data).toString('base64')}` : Buffer.from(data).toString(),
    )
    const body = [i === 0 ? `40${JSON.stringify({ token })}` : '3', ...texts].join('\x1e')
    const reply = await fetch(`${path}&sid=${sid}`, {
      method: 'POST',
      headers: {
        origin: url,
        'content-type': dice.pick(['text/plain;charset=UTF-8', 'text/plain', 'application/json']),
      },
      body,
    })
    await reply.arrayBuffer()
    if (!reply.ok) break
    decoded++
  }
  return decoded
}

/** Canvas frames over a WebSocket; behind each goes a first step, whose answer says that the frame was handled. */
export const talkToCanvas: Talk = ({ url, known, tokens, frame }, dice) => {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/sync/${known.projectId}/${known.canvasId}.1`,
    ['trainboard', `token.${dice.pick(tokens)}`],
    { origin: url },
  )
  return new Promise((resolve) => {
    let sent = 0
    const speak = (): void => {
      if (sent++ === FRAMES_A_TALK) {
        socket.close()
        return
      }
      socket.send(frame(dice), { binary: !dice.chance(0.02) })
      socket.send(STEP_1)
    }
    socket.on('message', (data) => {
      // The server's own first step, and its answers.
      if (data instanceof Buffer && data[0] === 0 && (data[1] === 1 || (data[1] === 0 && sent === 0))) speak()
    })
    socket.on('error', () => undefined)
    socket.on('close', (_code, reason) => {
      resolve(Math.min(FRAMES_A_TALK, sent) - (UNREAD.test(reason.toString()) ? 1 : 0))
    })
  })
}

/** Bytes that are no HTTP, or an upgrade and no frames after it; counts as one message once the server let go. */
export const talkByBytes: Talk = ({ url, known, tokens }, dice) => {
  const { port, host } = new URL(url)
  const path = dice.pick([
    `/sync/${known.projectId}/${known.canvasId}.1`,
    '/socket.io/?EIO=4&transport=websocket',
    '/sync/%00',
  ])
  const protocol = `trainboard, token.${dice.pick([...tokens, '%%'])}`
  const upgrade = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Origin: ${url}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${protocol}`,
    '\r\n',
  ].join('\r\n')
  // An unmasked frame, a reserved operation, a length of 2^63, a close with a code that is none, a long ping.
  const frames = [
    [0x82, 0x01, 0x00],
    [0x8b, 0x80, 0, 0, 0, 0],
    [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255],
    [0x88, 0x82, 0, 0, 0, 0, 0, 1],
    [0x89, 0xfe, 1, 0, 0, 0, 0, 0],
    [0x02, 0x81, 0, 0, 0, 0, 9, 0x81, 0x80, 0, 0, 0, 0],
  ].map((bytes) => Uint8Array.from(bytes))
  const head = new TextEncoder().encode(upgrade)
  const first = dice.chance(0.6) ? head : mutated(head, randomBytes(dice, 20), dice)
  return new Promise((resolve) => {
    let heard = 0
    const socket = connect({ port: Number(port), host: '127.0.0.1' })
    const speak = (): void => {
      socket.write(first)
      for (let i = 0; i < 3; i++) socket.write(dice.chance(0.7) ? dice.pick(frames) : randomBytes(dice, 60))
      socket.end()
    }
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.on('connect', speak)
    socket.on('data', () => (heard = 1))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
  })
}

/** REST requests with bodies and headers that are not as they should be. */
export const talkByRest: Talk = async (stance, dice) => {
  let decoded = 0
  for (let i = 0; i < REQUESTS_A_TALK; i++) decoded += await request(stance, dice)
  return decoded
}

async function request({ url, known, tokens }: Stance, dice: Dice): Promise<number> {
  const method = dice.pick(METHODS)
  const good = {
    ...{ name: 'A', template: 'empty', classes: ['cat'], code: 'ACDEFG', secret: 'x'.repeat(30) },
    ...{
      role: 'editor',
      action: 'replace',
      settings: { editorsMayManage: true },
      strokes: [{ id: 'a', base64: 'AAAA' }],
    },
  }
  const json = JSON.stringify([mutatedPayload(good, dice)]).slice(1, -1)
  const body = dice.chance(0.3) ? mutated(new TextEncoder().encode(json), randomBytes(dice, 20), dice) : json
  const token = dice.pick(tokens)
  const reply = await fetch(`${url}/api/v1${pathOf(known.projectId, dice)}`, {
    method,
    headers: {
      'content-type': dice.pick([
        'application/json',
        'application/json',
        'text/plain',
        'application/json; charset=x',
        'a/b',
      ]),
      origin: url,
      authorization: dice.pick([
        ...[`Bearer ${token}`, `Bearer ${token}`, `Bearer ${token}`, `Bearer ${token.slice(0, -1)}`],
        ...['', 'Bearer', 'Bearer x', `Bearer ${'y'.repeat(2_000)}`, 'Basic eDp5'],
      ]),
    },
    ...(method === 'GET' || method === 'OPTIONS' ? {} : { body: Buffer.from(body) }),
  })
  await reply.arrayBuffer()
  return reply.status === 429 ? 0 : 1
}

function pathOf(projectId: string, dice: Dice): string {
  const path = dice
    .pick(PATHS)
    .replace('P', dice.chance(0.8) ? projectId : dice.pick(['%E0%A4%A', '..%2f', '__proto__']))
  return dice.chance(0.9) ? path : `${path}?${'a[]=1&'.repeat(dice.pick([1, 500]))}`
}
