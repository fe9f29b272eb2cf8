import type { Family } from './settings.ts'

/** Width of the last hidden layer of one network, which is its embedding of a drawing. */
export const EMBEDDING = 128
/** Side of the square raster that every network sees. */
export const SIDE = 28
export const PIXELS = SIDE * SIDE

/** A layer of a network's body. Every convolution is 3x3, stride 1, same; every layer with weights ends in a ReLU. */
export type Layer =
  | { readonly kind: 'conv'; readonly filters: number; readonly batchNorm: boolean }
  /** Max-pool 2x2, valid. */
  | { readonly kind: 'pool' }
  | { readonly kind: 'dense'; readonly units: number }

/** What a network is built like. Its head is a dense layer of `classes` over the embedding. */
export interface Architecture {
  readonly family: Family
  readonly classes: number
}

const conv = (filters: number, batchNorm = false): Layer => ({ kind: 'conv', filters, batchNorm })
const pool: Layer = { kind: 'pool' }
const dense = (units: number): Layer => ({ kind: 'dense', units })

const bodies: Readonly<Record<Exclude<Family, 'ensemble'>, readonly Layer[]>> = {
  mlp: [dense(256), dense(EMBEDDING)],
  cnn: [conv(16), pool, conv(32), pool, dense(EMBEDDING)],
  'cnn-deep': [
    ...[conv(32, true), conv(32, true), pool],
    ...[conv(48, true), conv(48, true), pool],
    ...[conv(64, true), conv(64, true), pool],
    dense(EMBEDDING),
  ],
}

/** Networks of the reference family that vote together. */
const VOTERS = 3

/** The networks of a family, each with its body; all have heads of their own. */
export function membersOf(family: Family): readonly (readonly Layer[])[] {
  return family === 'ensemble' ? Array.from({ length: VOTERS }, () => bodies.cnn) : [bodies[family]]
}

/** Values of a drawing's embedding: those of all members, one after another. */
export function embeddingWidth(family: Family): number {
  return membersOf(family).length * EMBEDDING
}
