import { z } from 'zod'
import type { BackupKind, BackupRecord } from '../storage/records.ts'
import { BackupError } from './backup-error.ts'
import { recordSchemas } from './record-schemas.ts'

/*
 * Records of one kind as bytes: the length of a head, the head in JSON ({values, parts}), then the parts: what is
 * bytes in a record stands in its value as {"part": index}, and `parts` lists how long they are.
 */
const LENGTH_BYTES = 4

export function packRecords(records: readonly BackupRecord[]): Buffer {
  const parts: Uint8Array[] = []
  const values = records.map(({ value }) => value)
  // By `this`: of a Buffer the value is what it makes of itself for JSON.
  function withParts(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
    const bytes = this[key]
    return bytes instanceof Uint8Array ? { part: parts.push(bytes) - 1 } : value
  }
  const text = JSON.stringify(values, withParts)
  const lengths = JSON.stringify(parts.map(({ byteLength }) => byteLength))
  const head = Buffer.from(`{"values":${text},"parts":${lengths}}`)
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(head.byteLength)
  return Buffer.concat([length, head, ...parts])
}

const headSchema = z.strictObject({ values: z.array(z.unknown()), parts: z.array(z.int().min(0)) })

/** Makes a function that reads what `packRecords` wrote. It throws BackupError naming what is wrong. */
export function recordUnpacker(): (kind: BackupKind, packed: Buffer) => BackupRecord[] {
  let parts: readonly Uint8Array[] = []
  const part = z.strictObject({ part: z.int().min(0) }).transform(({ part: index }, context) => {
    const bytes = parts[index]
    if (bytes) return bytes
    context.addIssue(`there is no part ${String(index)}`)
    return z.NEVER
  })
  const schemas = recordSchemas(part)
  const toRecord = <K extends BackupKind>(kind: K, value: unknown): BackupRecord => {
    const parsed = schemas[kind].safeParse(value)
    if (parsed.success) return { kind, value: parsed.data } as BackupRecord
    const [issue] = parsed.error.issues
    throw new BackupError(
      `this backup holds a ${kind} that is none: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
    )
  }
  return (kind, packed) => {
    const head = headOf(packed)
    if (!head) throw new BackupError(`this backup is damaged among the records of kind '${kind}'`)
    parts = head.parts
    return head.values.map((value) => toRecord(kind, value))
  }
}

function headOf(packed: Buffer): { values: unknown[]; parts: Uint8Array[] } | null {
  if (packed.byteLength < LENGTH_BYTES) return null
  const end = LENGTH_BYTES + packed.readUInt32BE(0)
  if (packed.byteLength < end) return null
  const head = headSchema.safeParse(jsonOf(packed.subarray(LENGTH_BYTES, end)))
  if (!head.success) return null
  let at = end
  const parts = head.data.parts.map((length) => new Uint8Array(packed.subarray(at, (at += length))))
  return at === packed.byteLength ? { values: head.data.values, parts } : null
}

/** Undefined where it is no JSON. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
