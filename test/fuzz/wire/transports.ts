import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { WebSocket } from 'ws'
import { build } from '../../../server/build.js'
import { newId } from '../../../shared/ids/id.ts'
import { startBuilt, temporaryFolder, type BuiltServer } from '../../support/built-server.ts'
import { Client, line } from '../../support/clients.ts'
import { diceOf, type Dice } from '../draw.ts'
import type { WireFigures } from './campaign.ts'
import { anyValue, mutated, mutatedPayload, randomBytes } from './mutate.ts'

/** Packets of engine.io and Socket.IO as a client sends them; `P` stands for the project. */
const PACKETS = [
  '40{"token":"x"}',
  '40',
  '41',
  '42["room:join",{"projectId":"P","protocol":2}]',
  '421["room:join",{"projectId":"P","protocol":2}]',
  '451-["ink",{"_placeholder":true,"num":0}]',
  '452-7["drawing:label",{"stateVector":{"_placeholder":true,"num":1}}]',
  '43[{"ok":{}}]',
  '44{"message":"x"}',
  '2probe',
  '5',
  '3',
]
const PATHS = [
  '/session',
  '/projects',
  '/join',
  '/projects/P',
  '/projects/P/codes',
  '/projects/P/owner-link',
  '/server',
]
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']
const AT_ONCE = 8
const HONEST_EVERY = 40

/** Malformed packets and requests for a real server process, while honest people draw and label. */
export async function transportCampaign(
  seed: number,
  messages: number,
  tell: (words: string) => void,
): Promise<WireFigures> {
  await build()
  const dataDir = temporaryFolder()
  const server = await startBuilt(dataDir)
  const dice = diceOf(seed)
  const owner = await Client.arrive(server.url, 'Olga')
  const { project } = await owner.create('empty', ['cat'])
  const room = await owner.join(project.id)
  const canvas = await owner.canvas(project.id, `${room.you.canvasId ?? ''}.1`).synced()
  let harmed = 0
  owner.socket.on('disconnect', () => harmed++)
  void canvas.closed.then(() => harmed++)
  const honest = async (): Promise<void> => {
    const strokeId = canvas.draw(line([10, 10], [200, 200]), newId())
    const { pageId, stateVector } = canvas
    const classId = room.classes[0]?.id ?? ''
    canvas.turn()
    const request = {
      canvasId: room.you.canvasId ?? '',
      pageId,
      classId,
      stateVector,
      idempotencyKey: strokeId,
    }
    await owner.command('drawing:label', request)
  }

  await honest()
  const before = residentMb(server)
  let sent = 0
  while (sent < messages && server.child.exitCode === null) {
    const work = Array.from({ length: AT_ONCE }, () =>
      dice.chance(0.6) ? talk(server.url, project.id, dice) : request(server.url, project.id, dice),
    )
    sent += (await Promise.all(work)).reduce((sum, count) => sum + count, 0)
    if (dice.chance(1 / HONEST_EVERY)) {
      await honest().catch((error: unknown) => {
        harmed++
        tell(`an honest label was not acknowledged: ${String(error)}`)
      })
    }
  }
  const grown = residentMb(server) - before
  const alive = server.child.exitCode === null
  const crashes = server.output().split(/uncaughtException|unhandledRejection/).length - 1 + (alive ? 0 : 1)
  if (crashes > 0) tell(server.output().slice(-4_000))
  // Of one honest person it is asked whether they were harmed, not how often.
  const honestHarmed = Math.min(harmed, 1)
  owner.leave()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
  return {
    messages: sent,
    crashes,
    honest_clients_harmed: honestHarmed,
    rss_growth_mb: Math.max(0, Math.round(grown)),
  }
}

/** A socket that says a few things and goes, or is sent away; answers how many. */
function talk(url: string, projectId: string, dice: Dice): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
    origin: url,
  })
  return new Promise((resolve) => {
    let said = 0
    socket.on('message', (data) => {
      if (said > 0 || !(data instanceof Buffer) || !data.toString().startsWith('0')) return
      socket.send('40')
      for (said = 1; said < 20; said++) socket.send(packet(projectId, dice), { binary: dice.chance(0.1) })
      socket.close()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
  })
}

function packet(projectId: string, dice: Dice): Uint8Array {
  const text = new TextEncoder()
  const pick = (): Uint8Array => text.encode(dice.pick(PACKETS).replace('P', projectId))
  const how = dice.fraction()
  if (how < 0.5) return mutated(pick(), pick(), dice)
  if (how < 0.6) return randomBytes(dice, 40)
  if (how < 0.8) return text.encode(`42${JSON.stringify([anyName(dice), anyValue(dice)])}`)
  return pick()
}

function anyName(dice: Dice): string {
  return dice.pick(['room:join', 'ink', 'scratch:set', 'disconnect', 'error', '__proto__', 'connect', ''])
}

/** One REST request with a body and headers that are not as they should be. */
async function request(url: string, projectId: string, dice: Dice): Promise<number> {
  const method = dice.pick(METHODS)
  const good = { name: 'A', template: 'empty', classes: ['cat'], code: 'ACDEFG', projectId }
  const json = JSON.stringify([mutatedPayload(good, dice)]).slice(1, -1)
  const body = dice.chance(0.3) ? mutated(new TextEncoder().encode(json), randomBytes(dice, 20), dice) : json
  const headers = {
    'content-type': dice.pick(['application/json', 'text/plain', 'application/json; charset=x', 'a/b']),
    origin: url,
    authorization: dice.pick(['', 'Bearer', 'Bearer x', `Bearer ${'y'.repeat(2_000)}`, 'Basic eDp5']),
  }
  const sendsBody = method !== 'GET' && method !== 'OPTIONS'
  const path = dice.pick(PATHS).replace('P', dice.chance(0.8) ? projectId : '%E0%A4%A')
  const reply = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    ...(sendsBody ? { body: Buffer.from(body) } : {}),
  })
  await reply.arrayBuffer()
  return 1
}

function residentMb({ child }: BuiltServer): number {
  const status = readFileSync(`/proc/${String(child.pid)}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_000
}
