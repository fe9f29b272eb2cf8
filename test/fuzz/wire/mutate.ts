import type { Dice } from '../draw.ts'

/** Numbers that lie on an edge somewhere. */
const EDGES = [
  0,
  1,
  -1,
  127,
  128,
  255,
  256,
  65_535,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  0.5,
  -0,
  1e308,
  5e-324,
  NaN,
  Infinity,
  -Infinity,
]
const TEXTS = [
  '',
  ' ',
  'a',
  '__proto__',
  'constructor',
  'toString',
  '\0',
  '\u202e',
  '💥',
  // Halves of a character, together and alone.
  '\ud800',
  'a\udfff',
  '\ufeff',
  '../../etc/passwd',
  '%00',
  "'; --",
]

/** Bytes that were `bytes` once: flipped, cut, doubled, moved, or with another's in them. */
export function mutated(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  let result: Uint8Array = Uint8Array.from(bytes)
  for (let times = dice.int(1, 4); times > 0; times--) result = once(result, other, dice)
  return result
}

function once(bytes: Uint8Array, other: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.int(0, Math.max(0, bytes.length - 1))
  const to = dice.int(at, bytes.length)
  const copy = Uint8Array.from(bytes)
  switch (dice.int(0, 7)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << dice.int(0, 7))
      return copy
    case 1:
      copy[at] = dice.pick([0, 1, 2, 127, 128, 255])
      return copy
    case 2:
      return copy.slice(0, at)
    case 3:
      return joined(copy.slice(0, at), copy.slice(to))
    case 4:
      return joined(copy.slice(0, to), copy.slice(at))
    case 5:
      return joined(copy.slice(0, at), other.slice(dice.int(0, other.length)))
    case 6:
      // A count or a length that promises far more than there is.
      return joined(copy.slice(0, at), Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 15), copy.slice(at))
    default:
      return joined(copy, randomBytes(dice, 30))
  }
}

export function randomBytes(dice: Dice, most: number): Uint8Array {
  return Uint8Array.from({ length: dice.int(0, most) }, () => dice.int(0, 255))
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** Any value that a parser may hand on. */
export function anyValue(dice: Dice, depth = 2): unknown {
  if (dice.chance(0.02)) return nested(dice.pick([50, 2_000]), dice.chance(0.5))
  switch (dice.int(0, depth > 0 ? 9 : 6)) {
    case 0:
      return dice.pick(EDGES)
    case 1:
      return dice.pick(TEXTS)
    case 2:
      return 'x'.repeat(dice.pick([1, 40, 64, 65, 4_096]))
    case 3:
      return dice.pick([null, undefined, true, false])
    case 4:
      return randomBytes(dice, 40)
    case 5:
      return dice.int(-5, 5)
    case 6:
      return new Date(0)
    case 7:
      return Array.from({ length: dice.pick([0, 1, 3, 201]) }, () => anyValue(dice, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: dice.int(0, 3) }, () => [dice.pick(TEXTS), anyValue(dice, depth - 1)]),
      )
  }
}

/** Something in something in something. */
function nested(depth: number, asObject: boolean): unknown {
  let value: unknown = null
  for (let i = 0; i < depth; i++) value = asObject ? { a: value } : [value]
  return value
}

/** A payload of which a field is another value, missing or too much; or something else altogether. */
export function mutatedPayload(payload: object, dice: Dice): unknown {
  if (dice.chance(0.15)) return anyValue(dice)
  const fields: Record<string, unknown> = { ...payload }
  for (let times = dice.int(0, 2); times > 0; times--) {
    const names = Object.keys(fields)
    const name = names.length > 0 && dice.chance(0.8) ? dice.pick(names) : dice.pick(TEXTS)
    if (dice.chance(0.2)) Reflect.deleteProperty(fields, name)
    else Object.defineProperty(fields, name, { value: anyValue(dice), enumerable: true, configurable: true })
  }
  return fields
}
