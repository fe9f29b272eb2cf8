import { SIDE } from '../../../shared/raster/canonicalise.ts'
import type { Random } from '../model/random.ts'

/** How far an image may be varied. */
export interface ImageAugmentation {
  /** Greatest rotation either way, degrees. */
  readonly rotation: number
  /** Each axis is scaled by a factor in 1 - stretch .. 1 + stretch. */
  readonly stretch: number
  readonly shear: number
  /** Greatest shift either way, pixels. */
  readonly shift: number
}

export const defaultImageAugmentation: ImageAugmentation = {
  rotation: 12,
  stretch: 0.1,
  shear: 0.12,
  shift: 1.5,
}

/**
 * Writes a varied copy of one 28x28 image (bytes from `from`) into `pixels` at `at`, 0..1: an affine map about the
 * middle, sampled bilinearly; paper beyond the edges.
 */
export function augmentImage(
  images: Uint8Array,
  from: number,
  pixels: Float32Array,
  at: number,
  random: Random,
  options: ImageAugmentation = defaultImageAugmentation,
): void {
  const signed = (): number => 2 * random.uniform() - 1
  const angle = (signed() * options.rotation * Math.PI) / 180
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const scaleX = 1 + signed() * options.stretch
  const scaleY = 1 + signed() * options.stretch
  const shear = signed() * options.shear
  const middle = (SIDE - 1) / 2
  const middleX = middle + signed() * options.shift
  const middleY = middle + signed() * options.shift
  const ink = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : (images[from + y * SIDE + x] ?? 0)
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const across = column - middle
      const down = row - middle
      const x = middleX + scaleX * (cos * across - sin * down + shear * down)
      const y = middleY + scaleY * (sin * across + cos * down)
      const left = Math.floor(x)
      const top = Math.floor(y)
      const shareX = x - left
      const shareY = y - top
      const upper = ink(left, top) * (1 - shareX) + ink(left + 1, top) * shareX
      const lower = ink(left, top + 1) * (1 - shareX) + ink(left + 1, top + 1) * shareX
      pixels[at + row * SIDE + column] = (upper * (1 - shareY) + lower * shareY) / 255
    }
}
