import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { encodeStroke } from '../../../shared/canvas/codec.ts'
import { encodeCut, encodeOffset } from '../../../shared/canvas/amend.ts'
import { newId } from '../../../shared/ids/id.ts'
import { pagesOf, strokesOf } from '../../../shared/canvas/schema.ts'
import { randomStroke } from '../converge/random-stroke.ts'
import type { Dice } from '../draw.ts'
import { randomBytes } from './mutate.ts'

// The format of Yjs updates, version 1.
const GC = 0
const DELETED = 1
const JSON_LIST = 2
const BINARY = 3
const STRING = 4
const EMBED = 5
const FORMAT = 6
const TYPE = 7
const ANY = 8
const DOC = 9
const SKIP = 10
const HAS_SUB = 0x20
const HAS_RIGHT = 0x40
const HAS_LEFT = 0x80
const KINDS = [
  GC,
  DELETED,
  JSON_LIST,
  BINARY,
  BINARY,
  BINARY,
  STRING,
  EMBED,
  FORMAT,
  TYPE,
  TYPE,
  ANY,
  DOC,
  SKIP,
]
/** Of lib0's `any`: an array. */
const ANY_ARRAY = 117

/** Lengths, counts and clocks on an edge. */
const NUMBERS = [0, 1, 2, 127, 128, 65_535, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER]

interface Known {
  readonly clients: readonly number[]
  readonly maps: readonly Y.ID[]
  readonly keys: readonly string[]
}

/** An update written struct by struct: well-formed as bytes, with whatever ids, parents, contents and lengths. */
export function rawUpdate(doc: Y.Doc, dice: Dice): Uint8Array {
  const known = knownOf(doc)
  return encoding.encode((out) => {
    const blocks = dice.int(0, 3)
    writeCount(out, blocks, dice)
    for (let i = 0; i < blocks; i++) {
      const client = anyClient(known, dice)
      const structs = dice.int(1, 5)
      writeCount(out, structs, dice)
      encoding.writeVarUint(out, client)
      encoding.writeVarUint(out, anyClock(doc, client, dice))
      for (let k = 0; k < structs; k++) writeStruct(out, doc, known, dice)
    }
    writeErasures(out, doc, known, dice)
  })
}

/** Erases everything that a document holds, or all of it and more. */
export function eraseAll(doc: Y.Doc, dice: Dice): Uint8Array {
  const beyond = dice.pick([0, 0, 1, 1_000, 2 ** 35])
  return encoding.encode((out) => {
    encoding.writeVarUint(out, 0)
    encoding.writeVarUint(out, doc.store.clients.size)
    for (const client of doc.store.clients.keys()) {
      encoding.writeVarUint(out, client)
      encoding.writeVarUint(out, 1)
      encoding.writeVarUint(out, 0)
      encoding.writeVarUint(out, Y.getState(doc.store, client) + beyond)
    }
  })
}

/** Collected structs one after the other, of lengths that nobody writes: together further than a number counts. */
export function collectedRun(dice: Dice): Uint8Array {
  const length = dice.pick([0, 0, 2 ** 39, Number.MAX_SAFE_INTEGER])
  const structs = dice.pick([1, 2, 200])
  return encoding.encode((out) => {
    encoding.writeVarUint(out, 1)
    encoding.writeVarUint(out, structs)
    encoding.writeVarUint(out, dice.int(1, 2 ** 31 - 1))
    encoding.writeVarUint(out, 0)
    for (let i = 0; i < structs; i++) {
      encoding.writeUint8(out, GC)
      encoding.writeVarUint(out, length)
    }
    encoding.writeVarUint(out, 0)
  })
}

function knownOf(doc: Y.Doc): Known {
  const maps: Y.ID[] = []
  const keys: string[] = []
  for (const page of pagesOf(doc).toArray().slice(-3)) {
    const strokes = strokesOf(page)
    for (const map of [page, strokes]) if (map?._item) maps.push(map._item.id)
    for (const key of [...(strokes?.keys() ?? [])].slice(0, 20)) keys.push(key)
  }
  return { clients: [...doc.store.clients.keys()], maps, keys }
}

function writeStruct(out: encoding.Encoder, doc: Y.Doc, known: Known, dice: Dice): void {
  const kind = dice.chance(0.03) ? dice.int(11, 31) : dice.pick(KINDS)
  if (kind === GC || kind === SKIP) {
    encoding.writeUint8(out, kind)
    encoding.writeVarUint(out, anyLength(dice))
    return
  }
  const linked = dice.chance(0.4)
  const flags = linked ? dice.pick([HAS_LEFT, HAS_RIGHT, HAS_LEFT | HAS_RIGHT]) : 0
  const sub = dice.chance(0.7) ? HAS_SUB : 0
  encoding.writeUint8(out, kind | flags | sub)
  if ((flags & HAS_LEFT) !== 0) writeId(out, anyId(doc, known, dice))
  if ((flags & HAS_RIGHT) !== 0) writeId(out, anyId(doc, known, dice))
  if (!linked) {
    const root = dice.chance(0.2)
    encoding.writeVarUint(out, root ? 1 : 0)
    if (root) encoding.writeVarString(out, dice.pick(['pages', 'pages', 'other', '__proto__', '']))
    else
      writeId(
        out,
        known.maps.length > 0 && dice.chance(0.8) ? dice.pick(known.maps) : anyId(doc, known, dice),
      )
    if (sub !== 0) encoding.writeVarString(out, anyKey(known, dice))
  }
  writeContent(out, kind, dice)
}

function writeContent(out: encoding.Encoder, kind: number, dice: Dice): void {
  switch (kind) {
    case DELETED:
      encoding.writeVarUint(out, anyLength(dice))
      return
    case JSON_LIST:
      encoding.writeVarUint(out, dice.pick([1, 1, 2, 2 ** 31]))
      encoding.writeVarString(out, dice.pick(['1', 'undefined', '{"__proto__":1}', '[[[', '']))
      return
    case BINARY:
      writeBinary(out, dice)
      return
    case STRING:
      encoding.writeVarString(out, dice.pick(['', 'abc', '\u{1F4A5}', '\0']))
      return
    case EMBED:
      encoding.writeVarString(out, dice.pick(['{}', '"x"', 'null', '{']))
      return
    case FORMAT:
      encoding.writeVarString(out, 'bold')
      encoding.writeVarString(out, dice.pick(['true', 'null', '}']))
      return
    case TYPE:
      encoding.writeVarUint(out, dice.pick([0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 99]))
      if (dice.chance(0.2)) encoding.writeVarString(out, 'div')
      return
    case ANY:
      writeAny(out, dice)
      return
    case DOC:
      encoding.writeVarString(out, newId())
      encoding.writeAny(out, dice.pick([{}, { gc: false, autoLoad: true }, null]))
      return
    default:
      encoding.writeUint8Array(out, randomBytes(dice, 20))
  }
}

function writeBinary(out: encoding.Encoder, dice: Dice): void {
  const bytes = dice.pick([
    () => encodeStroke(randomStroke(dice)),
    () => encodeOffset({ dx: dice.int(-2_000, 2_000), dy: 5 }),
    () => encodeCut({ from: dice.fraction(), to: 3 }),
    () => randomBytes(dice, 60),
  ])()
  if (dice.chance(0.1)) {
    encoding.writeVarUint(out, dice.pick(NUMBERS))
    encoding.writeUint8Array(out, bytes)
  } else encoding.writeVarUint8Array(out, bytes)
}

function writeAny(out: encoding.Encoder, dice: Dice): void {
  if (dice.chance(0.1)) {
    encoding.writeVarUint(out, 1)
    for (let depth = dice.pick([10, 3_000, 9_000]); depth > 0; depth--) {
      encoding.writeUint8(out, ANY_ARRAY)
      encoding.writeVarUint(out, 1)
    }
    encoding.writeAny(out, null)
    return
  }
  const values = Array.from({ length: dice.int(1, 2) }, () =>
    dice.pick([newId(), '', 'x'.repeat(70), 5, NaN, -0, Infinity, null, undefined, true, [1], { id: 'a' }]),
  )
  encoding.writeVarUint(out, values.length)
  for (const value of values) encoding.writeAny(out, value)
}

function writeErasures(out: encoding.Encoder, doc: Y.Doc, known: Known, dice: Dice): void {
  const clients = dice.pick([0, 0, 1, 2])
  writeCount(out, clients, dice)
  for (let i = 0; i < clients; i++) {
    const client = anyClient(known, dice)
    const ranges = dice.int(1, 4)
    encoding.writeVarUint(out, client)
    writeCount(out, ranges, dice)
    for (let k = 0; k < ranges; k++) {
      encoding.writeVarUint(out, anyClock(doc, client, dice))
      encoding.writeVarUint(out, dice.chance(0.5) ? dice.int(0, 10) : dice.pick(NUMBERS))
    }
  }
}

/** The count as it is, or now and then another one. */
function writeCount(out: encoding.Encoder, count: number, dice: Dice): void {
  encoding.writeVarUint(out, dice.chance(0.04) ? dice.pick(NUMBERS) : count)
}

function writeId(out: encoding.Encoder, { client, clock }: { client: number; clock: number }): void {
  encoding.writeVarUint(out, client)
  encoding.writeVarUint(out, clock)
}

function anyId(doc: Y.Doc, known: Known, dice: Dice): { client: number; clock: number } {
  const client = anyClient(known, dice)
  return { client, clock: anyClock(doc, client, dice) }
}

function anyClient({ clients }: Known, dice: Dice): number {
  if (clients.length > 0 && dice.chance(0.3)) return dice.pick(clients)
  return dice.chance(0.1) ? dice.pick(NUMBERS) : dice.int(1, 2 ** 31 - 1)
}

function anyClock(doc: Y.Doc, client: number, dice: Dice): number {
  const state = Y.getState(doc.store, client)
  const how = dice.fraction()
  if (how < 0.6) return state
  if (how < 0.8) return dice.int(0, state)
  return how < 0.95 ? state + dice.int(1, 50) : dice.pick(NUMBERS)
}

function anyLength(dice: Dice): number {
  return dice.chance(0.5) ? dice.int(0, 20) : dice.pick(NUMBERS)
}

function anyKey({ keys }: Known, dice: Dice): string {
  const stroke = keys.length > 0 && dice.chance(0.6) ? dice.pick(keys) : newId()
  return dice.pick([
    stroke,
    stroke,
    `${stroke}.at`,
    `${stroke}.c1`,
    'id',
    'strokes',
    '__proto__',
    'constructor',
    '',
  ])
}
