const floatView = new Float32Array(1)
const bitsView = new Uint32Array(floatView.buffer)

/** Values as IEEE 754 half floats, little-endian, rounded to nearest, ties to even; beyond 65504 becomes infinity. */
export function encodeHalf(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 2)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => view.setUint16(index * 2, halfBits(value), true))
  return bytes
}

/** The inverse of `encodeHalf`; `bytes` has an even length. */
export function decodeHalf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(bytes.byteLength >> 1)
  for (let index = 0; index < values.length; index++)
    values[index] = halfValue(view.getUint16(index * 2, true))
  return values
}

function halfBits(value: number): number {
  floatView[0] = value
  const bits = bitsView[0] ?? 0
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  const unbiased = exponent - 127
  if (unbiased > 15) return sign | 0x7c00
  if (unbiased >= -14) return sign | roundShift(((unbiased + 15) << 23) | fraction, 13)
  if (unbiased < -25) return sign
  return sign | roundShift(fraction | 0x800000, -1 - unbiased)
}

/** Shifts right, rounding to nearest, ties to even; a carry rises into the exponent as it should. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value - kept * 2 ** shift
  const half = 2 ** (shift - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}

function halfValue(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
