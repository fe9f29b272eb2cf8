import { open, stat } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { IdxError } from './idx.ts'

/** MNIST's files, images and then labels of each part: their names, and what their headers say of each item. */
const PARTS = ['train', 't10k'].map((part) => ({
  part,
  files: [
    { name: `${part}-images-idx3-ubyte`, sides: [28, 28] },
    { name: `${part}-labels-idx1-ubyte`, sides: [] },
  ],
}))
const HEADER_BYTES = 16

/**
 * The folder that holds MNIST's four IDX files, gzipped or not: `folder`, or `mnist` in it. Their headers are read, and
 * nothing else of them.
 * @throws IdxError naming what is missing or wrong
 */
export async function findMnist(folder: string): Promise<string> {
  const places = [folder, join(folder, 'mnist')]
  const names = PARTS.flatMap(({ files }) => files.map(({ name }) => name))
  for (const place of places) {
    const found = await Promise.all(names.map((name) => fileOf(join(place, name))))
    if (found.every((file) => file === null)) continue
    for (const { part, files } of PARTS) {
      const counts: number[] = []
      for (const { name, sides } of files) {
        const file = found[names.indexOf(name)]
        if (!file) throw new IdxError(`${join(place, name)} is missing (looked for it and for ${name}.gz)`)
        counts.push(await countIn(file, sides))
      }
      const [images, labels] = counts
      if (images !== labels)
        throw new IdxError(`${place}: ${String(images)} images of ${part} but ${String(labels)} labels`)
    }
    return place
  }
  throw new IdxError(`neither ${places.join(' nor ')} holds ${names.join(', ')} (or the same with .gz)`)
}

async function fileOf(path: string): Promise<string | null> {
  for (const file of [path, `${path}.gz`])
    if (
      await stat(file).then(
        (found) => found.isFile(),
        () => false,
      )
    )
      return file
  return null
}

/** How many items of these sides an IDX file of unsigned bytes says it holds. */
async function countIn(file: string, sides: readonly number[]): Promise<number> {
  const header = await headerOf(file)
  const length = 4 + 4 * (1 + sides.length)
  if (header.byteLength < length) throw new IdxError(`${file} is cut short`)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  if (view.getUint32(0) !== 0x08_00 + 1 + sides.length)
    throw new IdxError(`${file} is no IDX file of unsigned bytes with ${String(1 + sides.length)} dimensions`)
  const found = sides.map((_, index) => view.getUint32(8 + 4 * index))
  if (found.some((side, index) => side !== sides[index]))
    throw new IdxError(`${file}: images of ${found.join(' x ')}, not ${sides.join(' x ')}`)
  const count = view.getUint32(4)
  const bytes = length + sides.reduce<number>((product, side) => product * side, count)
  const has = file.endsWith('.gz') ? bytes : (await stat(file)).size
  if (has !== bytes) throw new IdxError(`${file} has ${String(has)} bytes instead of ${String(bytes)}`)
  return count
}

async function headerOf(file: string): Promise<Uint8Array> {
  try {
    return file.endsWith('.gz') ? await startOfPacked(file) : await startOf(file)
  } catch (error) {
    throw new IdxError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

async function startOf(file: string): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function startOfPacked(file: string): Promise<Uint8Array> {
  const packed = createReadStream(file)
  const unpacked = createGunzip()
  packed.on('error', (error) => unpacked.destroy(error))
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of packed.pipe(unpacked)) {
      if (!(part instanceof Buffer)) continue
      parts.push(part)
      length += part.byteLength
      if (length >= HEADER_BYTES) break
    }
  } finally {
    packed.destroy()
  }
  return new Uint8Array(Buffer.concat(parts)).subarray(0, HEADER_BYTES)
}
