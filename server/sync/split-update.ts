import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { UpdateRefused } from './inspect-update.ts'

/** Bytes of an update that are read, checked and applied in one go; a longer stroke is a part of its own. */
export const PART_BYTES = 32_000
/** Structs and deleted ranges of one update; a canvas at its limit of bytes holds fewer. */
const MAX_STRUCTS = 100_000
/** Steps of reading and ordering between two turns. */
const STEPS = 2_000
const RANGES_A_PART = 2_000

// The format of Yjs updates, version 1.
const GC = 0
const SKIP = 10
const CONTENT = 0x1f
const HAS_SUB = 0x20
const HAS_RIGHT = 0x40
const HAS_LEFT = 0x80
const DELETED = 1
const BINARY = 3
const TYPE = 7
const ANY = 8
const MAP_TYPE = 1

interface Id {
  readonly client: number
  readonly clock: number
}

/** A struct as its bytes in the update, with what must be there before it. */
interface Struct extends Id {
  readonly length: number
  readonly start: number
  readonly end: number
  readonly needs: readonly Id[]
}

interface Run {
  readonly structs: Struct[]
  /** Index of the first struct that is in no part yet. */
  next: number
}

interface Range {
  readonly clock: number
  readonly length: number
}
type Ranges = ReadonlyMap<number, readonly Range[]>

/**
 * Cuts an update into parts of about `PART_BYTES`, which applied in their order are the whole and never wait for
 * each other. What lies below `known` (the clock from which a client's structs are new) is left out. Bytes are
 * copied, not decoded, so that this takes far less than applying.
 * @throws UpdateRefused where the update cannot be read or holds what no canvas does.
 */
export function* splitUpdate(
  update: Uint8Array,
  known: (client: number) => number,
): Generator<void, Uint8Array[]> {
  const from = decoding.createDecoder(update)
  const runs = new Map<number, Run>()
  let steps = 0
  for (const struct of structsOf(from)) {
    if (++steps > MAX_STRUCTS)
      throw new UpdateRefused('an update of too many parts', { limit: 'canvas-bytes' })
    if (steps % STEPS === 0) yield
    if (struct === null || struct.clock + struct.length <= known(struct.client)) continue
    const run = runs.get(struct.client)
    if (run) run.structs.push(struct)
    else runs.set(struct.client, { structs: [struct], next: 0 })
  }
  const deleted = readable(() => readRanges(from))
  yield
  const parts: Uint8Array[] = []
  let part = new Part(update)
  for (const struct of inOrder(runs)) {
    if (++steps % STEPS === 0) yield
    if (part.bytes > 0 && part.bytes + struct.end - struct.start > PART_BYTES) {
      parts.push(part.encode(deleted))
      part = new Part(update)
    }
    part.add(struct)
  }
  if (part.bytes > 0) parts.push(part.encode(deleted))
  // Each part erases what it brings erased itself; what else the update erases follows.
  for (const some of inPortions(deleted)) parts.push(new Part(update).encode(some, true))
  return parts
}

/** The structs in the order of the update; null for a gap. */
function* structsOf(from: decoding.Decoder): Generator<Struct | null> {
  const clients = readable(() => decoding.readVarUint(from))
  for (let i = 0; i < clients; i++) {
    const [count, client, first] = readable(() => [
      decoding.readVarUint(from),
      decoding.readVarUint(from),
      decoding.readVarUint(from),
    ])
    let clock = first
    for (let left = count; left > 0; left--) {
      const start = from.pos
      const { length, needs, gap } = readable(() => readStruct(from))
      yield gap ? null : { client, clock, length, start, end: from.pos, needs }
      clock += length
    }
  }
}

function readStruct(from: decoding.Decoder): { length: number; needs: Id[]; gap: boolean } {
  const info = decoding.readUint8(from)
  const kind = info & CONTENT
  if (info === SKIP || kind === GC) {
    return { length: decoding.readVarUint(from), needs: [], gap: info === SKIP }
  }
  const needs: Id[] = []
  if (info & HAS_LEFT) needs.push(readId(from))
  if (info & HAS_RIGHT) needs.push(readId(from))
  if (needs.length === 0) {
    if (decoding.readVarUint(from) === 1) decoding.readVarString(from)
    else needs.push(readId(from))
    if (info & HAS_SUB) decoding.readVarString(from)
  }
  return { length: skipContent(from, kind), needs, gap: false }
}

/** Steps over a struct's content; answers its length in clocks. */
function skipContent(from: decoding.Decoder, kind: number): number {
  switch (kind) {
    case DELETED:
      return decoding.readVarUint(from)
    case BINARY:
      decoding.readVarUint8Array(from)
      return 1
    case TYPE:
      if (decoding.readVarUint(from) !== MAP_TYPE) throw new UpdateRefused('a canvas holds maps only')
      return 1
    case ANY: {
      const count = decoding.readVarUint(from)
      for (let i = 0; i < count; i++) decoding.readAny(from)
      return count
    }
    default:
      throw new UpdateRefused('this content has no place on a canvas')
  }
}

function readId(from: decoding.Decoder): Id {
  return { client: decoding.readVarUint(from), clock: decoding.readVarUint(from) }
}

function readRanges(from: decoding.Decoder): Ranges {
  const ranges = new Map<number, Range[]>()
  let total = 0
  for (let clients = decoding.readVarUint(from); clients > 0; clients--) {
    const client = decoding.readVarUint(from)
    const mine = ranges.get(client) ?? []
    for (let count = decoding.readVarUint(from); count > 0; count--) {
      if (++total > MAX_STRUCTS)
        throw new UpdateRefused('an update erases too much', { limit: 'canvas-bytes' })
      mine.push({ clock: decoding.readVarUint(from), length: decoding.readVarUint(from) })
    }
    ranges.set(client, mine)
  }
  for (const mine of ranges.values()) mine.sort((a, b) => a.clock - b.clock)
  return ranges
}

/** All structs, each after those it needs, as far as these are in the update. */
function* inOrder(runs: ReadonlyMap<number, Run>): Generator<Struct> {
  for (const client of runs.keys()) {
    const path = [client]
    const onPath = new Set(path)
    while (path.length > 0) {
      const top = path.at(-1) ?? client
      const run = runs.get(top)
      const struct = run?.structs[run.next]
      const missing = struct?.needs.find((id) => !onPath.has(id.client) && isAhead(runs.get(id.client), id))
      if (missing) {
        path.push(missing.client)
        onPath.add(missing.client)
        continue
      }
      if (run && struct) {
        run.next++
        yield struct
      }
      // The one below looks again whether it has now what it needs.
      if (path.length > 1 || !struct) {
        path.pop()
        onPath.delete(top)
      }
    }
  }
}

function isAhead(run: Run | undefined, { clock }: Id): boolean {
  const next = run?.structs[run.next]
  const last = run?.structs.at(-1)
  return next !== undefined && last !== undefined && next.clock <= clock && clock < last.clock + last.length
}

/** A part in the making: for each client structs in the order of their clocks. */
class Part {
  bytes = 0
  private readonly clients = new Map<number, Struct[]>()

  constructor(private readonly update: Uint8Array) {}

  add(struct: Struct): void {
    this.bytes += struct.end - struct.start
    const mine = this.clients.get(struct.client)
    if (mine) mine.push(struct)
    else this.clients.set(struct.client, [struct])
  }

  /** With those of the `deleted` ranges that touch what is in the part, or with all of them. */
  encode(deleted: Ranges, all = false): Uint8Array {
    return encoding.encode((out) => {
      encoding.writeVarUint(out, this.clients.size)
      for (const [client, structs] of this.clients) this.writeClient(out, client, structs)
      writeRanges(out, all ? deleted : this.own(deleted))
    })
  }

  private writeClient(out: encoding.Encoder, client: number, structs: readonly Struct[]): void {
    const first = structs[0]?.clock ?? 0
    let clock = first
    let gaps = 0
    for (const struct of structs) {
      if (struct.clock > clock) gaps++
      clock = struct.clock + struct.length
    }
    encoding.writeVarUint(out, structs.length + gaps)
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, first)
    clock = first
    for (const struct of structs) {
      if (struct.clock > clock) {
        encoding.writeUint8(out, SKIP)
        encoding.writeVarUint(out, struct.clock - clock)
      }
      encoding.writeUint8Array(out, this.update.subarray(struct.start, struct.end))
      clock = struct.clock + struct.length
    }
  }

  private own(deleted: Ranges): Ranges {
    const own = new Map<number, Range[]>()
    for (const [client, structs] of this.clients) {
      const first = structs[0]?.clock ?? 0
      const last = structs.at(-1)
      const end = last ? last.clock + last.length : first
      const touched: Range[] = []
      for (const { clock, length } of deleted.get(client) ?? []) {
        const from = Math.max(clock, first)
        const to = Math.min(clock + length, end)
        if (from < to) touched.push({ clock: from, length: to - from })
      }
      if (touched.length > 0) own.set(client, touched)
    }
    return own
  }
}

function* inPortions(deleted: Ranges): Generator<Ranges> {
  for (const [client, ranges] of deleted) {
    for (let from = 0; from < ranges.length; from += RANGES_A_PART) {
      yield new Map([[client, ranges.slice(from, from + RANGES_A_PART)]])
    }
  }
}

function writeRanges(out: encoding.Encoder, ranges: Ranges): void {
  encoding.writeVarUint(out, ranges.size)
  for (const [client, mine] of ranges) {
    encoding.writeVarUint(out, client)
    encoding.writeVarUint(out, mine.length)
    for (const { clock, length } of mine) {
      encoding.writeVarUint(out, clock)
      encoding.writeVarUint(out, length)
    }
  }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof UpdateRefused) throw cause
    throw new UpdateRefused('the update cannot be read', { cause })
  }
}
