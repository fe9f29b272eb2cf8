import { commandSchemas, type CommandName } from '../../../shared/protocol/payloads.ts'
import { encodeInk } from '../../../shared/protocol/ink.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/version.ts'
import type { Dice } from '../draw.ts'
import { mutated, mutatedPayload, randomBytes } from './mutate.ts'

export interface Known {
  readonly projectId: string
  readonly canvasId: string
  readonly pageId: string
  readonly classId: string
  readonly userId: string
}

const NAMES = Object.keys(commandSchemas) as CommandName[]

/** A command with a payload that is almost, or not at all, what it should be. */
export function hostileCommand(known: Known, dice: Dice): { name: CommandName; payload: unknown } {
  const name = dice.pick(NAMES)
  const stateVector = dice.pick([Uint8Array.of(0), randomBytes(dice, 30)])
  const fields: Record<string, unknown> = {
    ...known,
    drawingId: known.pageId,
    canvasIds: [known.canvasId],
    protocol: PROTOCOL_VERSION,
    name: 'a name',
    role: dice.pick(['viewer', 'editor', 'owner']),
    idempotencyKey: `key-${String(dice.int(0, 1e9))}`,
    stateVector,
    limit: 10,
    idle: true,
    admit: true,
    frozen: true,
    locked: true,
    hidden: true,
    on: true,
    ended: true,
    learningRate: 0.01,
    batchSize: 8,
    stepsPerArrival: 4,
    strokes: [{ id: known.pageId, base64: 'AAAA' }],
  }
  return { name, payload: mutatedPayload(fields, dice) }
}

export function hostileInk({ canvasId, pageId }: Known, dice: Dice): Uint8Array {
  const xs = Float32Array.from({ length: dice.int(1, 20) }, () => dice.int(0, 1000))
  const tail = {
    kind: 'tail',
    canvasId,
    pageId,
    strokeId: pageId,
    start: dice.int(0, 9),
    xs,
    ys: xs,
  } as const
  const good = encodeInk([tail, { kind: 'cursor', canvasId, x: 1, y: 2 }])
  return dice.chance(0.1) ? good : mutated(good, good, dice)
}
