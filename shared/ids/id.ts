/** Letters that survive being read aloud or copied from a board: no 0/O, 1/I/L, 5/S, 2/Z, 8/B, U/V. */
export const CODE_ALPHABET = 'ACDEFGHJKMNPQRTWXY'
export const CODE_LENGTH = 6

const ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 16
/** `getRandomValues` gives no more at once. */
const MOST_RANDOM_BYTES = 65_536

/**
 * Draws `length` letters of `alphabet` uniformly, by rejection. Uses `getRandomValues`, the one random source
 * that also exists in an insecure context (a page opened over plain http by address).
 */
export function randomText(alphabet: string, length: number): string {
  const limit = 256 - (256 % alphabet.length)
  const bytes = new Uint8Array(Math.min(MOST_RANDOM_BYTES, length * 2))
  let text = ''
  while (text.length < length) {
    globalThis.crypto.getRandomValues(bytes)
    for (const byte of bytes) {
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length)
    }
  }
  return text
}

/** A fresh identifier: 16 letters and digits, 82 bits. */
export function newId(): string {
  return randomText(ID_ALPHABET, ID_LENGTH)
}

/** A fresh join code, six unambiguous capital letters. */
export function newCode(): string {
  return randomText(CODE_ALPHABET, CODE_LENGTH)
}
