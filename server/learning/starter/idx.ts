import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** An IDX file that is not what it should be; the message names the file and what is wrong with it. */
export class IdxError extends Error {
  override readonly name = 'IdxError'
}

/** Unsigned bytes with their dimensions, the first of them the number of items. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly values: Uint8Array
}

/** Reads `folder/name` or `folder/name.gz`, an IDX file of unsigned bytes with `rank` dimensions. */
export function readIdx(folder: string, name: string, rank: number): IdxArray {
  const plain = join(folder, name)
  const file = [plain, `${plain}.gz`].find((path) => existsSync(path))
  if (file === undefined) throw new IdxError(`${plain} is missing (looked for it and for ${name}.gz)`)
  return parseIdx(unpack(file), rank, file)
}

function unpack(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file)
    return file.endsWith('.gz') ? gunzipSync(bytes) : bytes
  } catch (error) {
    throw new IdxError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Parses the IDX format: two zero bytes, type 8 (unsigned byte), rank, big-endian sizes, values. */
export function parseIdx(bytes: Uint8Array, rank: number, file: string): IdxArray {
  const header = 4 + 4 * rank
  if (bytes.length < header)
    throw new IdxError(`${file} is cut short: ${bytes.length} bytes, its header alone has ${header}`)
  const [zero, zeroToo, type, dimensions] = bytes
  if (zero !== 0 || zeroToo !== 0 || type !== 8)
    throw new IdxError(`${file} is no IDX file of unsigned bytes`)
  if (dimensions !== rank) throw new IdxError(`${file} has ${dimensions} dimensions, not ${rank}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const length = shape.reduce((product, side) => product * side, 1)
  const values = bytes.subarray(header)
  if (values.length < length)
    throw new IdxError(`${file} is cut short: ${values.length} of ${length} values (${shape.join(' x ')})`)
  if (values.length > length)
    throw new IdxError(
      `${file} is too long: ${values.length} values instead of ${length} (${shape.join(' x ')})`,
    )
  return { shape, values }
}
