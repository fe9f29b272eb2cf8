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
  /** Everybody, other people's canvases and drawings among them. */
  readonly userIds: readonly string[]
  readonly canvasIds: readonly string[]
  readonly drawingIds: readonly string[]
}

const NAMES = Object.keys(commandSchemas) as CommandName[]

/** A command with a payload that is almost, or not at all, what it should be. */
export function hostileCommand(known: Known, dice: Dice): { name: CommandName; payload: unknown } {
  const name = dice.pick(NAMES)
  const stateVector = dice.pick([Uint8Array.of(0), randomBytes(dice, 30)])
  const { projectId, pageId, classId, userId } = known
  const fields: Record<string, unknown> = {
    projectId,
    pageId,
    classId,
    userId: dice.chance(0.5) ? userId : dice.pick(known.userIds),
    canvasId: dice.chance(0.5) ? known.canvasId : dice.pick(known.canvasIds),
    drawingId: dice.pick([pageId, ...known.drawingIds]),
    canvasIds: known.canvasIds,
    changeCodes: true,
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
    family: dice.pick(['cnn', 'mlp', 'cnn-deep', 'ensemble']),
    when: dice.pick([{ kind: 'each' }, { kind: 'labels', labels: 3 }, { kind: 'button' }]),
    stop: { kind: 'epochs', epochs: 1 },
    mnist: dice.chance(0.5),
    promote: dice.pick(['rule', 'hand', true, false]),
    strokes: [{ id: known.pageId, base64: 'AAAA' }],
  }
  return { name, payload: mutatedPayload(fields, dice) }
}

export function hostileInk({ canvasIds, pageId }: Known, dice: Dice): Uint8Array {
  const xs = Float32Array.from({ length: dice.pick([0, 1, 20, 512]) }, () => dice.int(-1e6, 1e6))
  const canvasId = dice.pick(canvasIds)
  const tail = {
    kind: 'tail',
    canvasId,
    pageId,
    strokeId: pageId,
    start: dice.int(0, 9),
    xs,
    ys: xs,
  } as const
  const good = encodeInk([
    tail,
    { kind: 'cursor', canvasId, x: dice.pick([1, -1e6, 1e8]), y: 2 },
    { kind: 'ended', canvasId, strokeId: pageId },
  ])
  return dice.chance(0.3) ? good : mutated(good, good, dice)
}
