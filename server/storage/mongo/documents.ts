import { Binary } from 'mongodb'
import * as z from 'zod'
import { StoreError } from '../store.ts'

/** Bytes of a document, as a copy that owns its buffer. */
export const bytesSchema = z.instanceof(Binary).transform((binary) => new Uint8Array(binary.value()))

export function binary(bytes: Uint8Array): Binary {
  return new Binary(bytes)
}

/**
 * A document as its schema reads it.
 * @throws StoreError `corrupt` naming the kind of document and what is wrong with it
 */
export function read<T>(schema: z.ZodType<T>, document: unknown, kind: string): T {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const why = z.prettifyError(result.error)
  throw new StoreError('corrupt', `the database holds a ${kind} that cannot be read: ${why}`, {
    cause: result.error,
  })
}

const DIGITS = 12

/** An `_id` within an order: those of one owner lie one after another by number. */
export function numbered(ownerId: string, number: number): string {
  return `${ownerId}:${String(number).padStart(DIGITS, '0')}`
}

/** The filter for `_id`s of `numbered` of one owner, both ends included. */
export function numberedFrom(
  ownerId: string,
  from: number,
  to = 10 ** DIGITS - 1,
): { readonly $gte: string; readonly $lte: string } {
  return { $gte: numbered(ownerId, from), $lte: numbered(ownerId, to) }
}
