/*
 * Just enough of WebAssembly's binary format for small loops over the memory of another module: functions of i32
 * parameters without a result, their locals, and the instructions that the loops here are made of.
 */

/** Bytes of one or several instructions. */
export type Code = readonly number[]

/** Types of locals. */
export const I32 = 0x7f
export const F32 = 0x7d
export const V128 = 0x7b

export interface WasmFunction {
  readonly name: string
  /** Number of i32 parameters; locals follow them. */
  readonly parameters: number
  readonly locals: readonly number[]
  readonly body: Code
}

const simd = (instruction: number): Code => [0xfd, ...unsigned(instruction)]
/** Unaligned, as the heap's allocator promises nothing for single values. */
const place = (offset: number): Code => [0, ...unsigned(offset)]

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)]
export const constant = (value: number): Code => [0x41, ...signed(value)]
export const plus = (left: Code, right: Code): Code => [...left, ...right, 0x6a]
/** Runs `body`, then again while `local`, counted down by one, is not 0. */
export const countDown = (local: number, body: Code): Code => [
  ...[0x03, 0x40],
  ...body,
  ...set(local, [...get(local), ...constant(1), 0x6b]),
  ...get(local),
  ...[0x0d, 0x00],
  0x0b,
]

/** Instructions on values of one kind; offsets are in bytes. */
export interface Lanes {
  readonly type: number
  /** Values in one of them. */
  readonly count: number
  readonly zero: Code
  load(address: Code, offset: number): Code
  /** One value into all lanes. */
  loadSplat(address: Code, offset: number): Code
  store(address: Code, offset: number, value: Code): Code
  add(left: Code, right: Code): Code
  multiply(left: Code, right: Code): Code
}

export const four: Lanes = {
  type: V128,
  count: 4,
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)],
  load: (address, offset) => [...address, ...simd(0x00), ...place(offset)],
  loadSplat: (address, offset) => [...address, ...simd(0x09), ...place(offset)],
  store: (address, offset, value) => [...address, ...value, ...simd(0x0b), ...place(offset)],
  add: (left, right) => [...left, ...right, ...simd(0xe4)],
  multiply: (left, right) => [...left, ...right, ...simd(0xe6)],
}

export const single: Lanes = {
  type: F32,
  count: 1,
  zero: [0x43, 0, 0, 0, 0],
  load: (address, offset) => [...address, 0x2a, ...place(offset)],
  loadSplat: (address, offset) => [...address, 0x2a, ...place(offset)],
  store: (address, offset, value) => [...address, ...value, 0x38, ...place(offset)],
  add: (left, right) => [...left, ...right, 0x92],
  multiply: (left, right) => [...left, ...right, 0x94],
}

/** -Infinity in all four lanes. */
export const leastOfAll: Code = [...simd(0x0c), ...[0, 1, 2, 3].flatMap(() => [0, 0, 0x80, 0xff])]
/** All bits of a lane where left is greater than right, which no NaN is. */
export const greater = (left: Code, right: Code): Code => [...left, ...right, ...simd(0x44)]
export const and = (left: Code, right: Code): Code => [...left, ...right, ...simd(0x4e)]
export const andNot = (left: Code, right: Code): Code => [...left, ...right, ...simd(0x4f)]
/** Bits of `yes` where `mask` has them, else of `no`. */
export const select = (yes: Code, no: Code, mask: Code): Code => [...yes, ...no, ...mask, ...simd(0x52)]

/** A module that imports `env.memory` and exports the functions by their names. */
export function assemble(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    ...[0x60, ...unsigned(parameters)],
    ...new Array<number>(parameters).fill(I32),
    0x00,
  ])
  const bodies = functions.map(({ locals, body }) => {
    const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, type]), ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [[...named('env'), ...named('memory'), 0x02, 0x00, 0x01]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map(({ name }, index) => [...named(name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, bodies),
  ])
}

function section(id: number, entries: readonly Code[]): Code {
  const content = [...unsigned(entries.length), ...entries.flat()]
  return [id, ...unsigned(content.length), ...content]
}

function named(name: string): Code {
  const bytes = new TextEncoder().encode(name)
  return [...unsigned(bytes.length), ...bytes]
}

/** LEB128, as the format has all its numbers. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}
