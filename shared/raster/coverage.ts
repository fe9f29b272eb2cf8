import { SIDE, type InkPath, type Placement } from './canonicalise.ts'

const PIXELS = SIDE * SIDE
/** Squared distance of each pixel's middle to the nearest ink; kept between calls, since they never overlap. */
const nearest = new Float64Array(PIXELS)

/**
 * Draws strokes with a round pen into `pixels` at `at`: each pixel is clamp(penWidth / 2 + 0.5 - distance, 0, 1), the
 * distance in pixels from its middle to the nearest segment. Only +, -, *, / and square roots, which IEEE 754 rounds
 * the same way everywhere.
 */
export function drawInk(
  strokes: readonly InkPath[],
  { scale, offsetX, offsetY }: Placement,
  penWidth: number,
  pixels: Float32Array,
  at: number,
): void {
  const reach = penWidth / 2 + 0.5
  nearest.fill(reach * reach)
  for (const { xs, ys } of strokes) {
    const count = xs.length
    if (count === 0) continue
    let fromX = offsetX + scale * (xs[0] ?? 0)
    let fromY = offsetY + scale * (ys[0] ?? 0)
    if (count === 1) drawSegment(fromX, fromY, fromX, fromY, reach)
    for (let index = 1; index < count; index++) {
      const toX = offsetX + scale * (xs[index] ?? 0)
      const toY = offsetY + scale * (ys[index] ?? 0)
      drawSegment(fromX, fromY, toX, toY, reach)
      fromX = toX
      fromY = toY
    }
  }
  for (let index = 0; index < PIXELS; index++)
    pixels[at + index] = Math.min(1, Math.max(0, reach - Math.sqrt(nearest[index] ?? 0)))
}

function drawSegment(fromX: number, fromY: number, toX: number, toY: number, reach: number): void {
  const alongX = toX - fromX
  const alongY = toY - fromY
  const square = alongX * alongX + alongY * alongY
  const inverse = square > 0 ? 1 / square : 0
  const firstX = Math.max(0, Math.floor(Math.min(fromX, toX) - reach))
  const lastX = Math.min(SIDE - 1, Math.floor(Math.max(fromX, toX) + reach))
  const firstY = Math.max(0, Math.floor(Math.min(fromY, toY) - reach))
  const lastY = Math.min(SIDE - 1, Math.floor(Math.max(fromY, toY) + reach))
  for (let row = firstY; row <= lastY; row++) {
    const downY = row + 0.5 - fromY
    for (let column = firstX; column <= lastX; column++) {
      const downX = column + 0.5 - fromX
      const share = Math.min(1, Math.max(0, (downX * alongX + downY * alongY) * inverse))
      const awayX = downX - share * alongX
      const awayY = downY - share * alongY
      const distance = awayX * awayX + awayY * awayY
      const index = row * SIDE + column
      if (distance < (nearest[index] ?? 0)) nearest[index] = distance
    }
  }
}

/** Centre of mass of a raster in pixels (a lone pixel 0 has it at 0.5); the middle where there is no ink. */
export function centreOfMass(pixels: Float32Array, at: number): { x: number; y: number } {
  let mass = 0
  let momentX = 0
  let momentY = 0
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      const ink = pixels[at + row * SIDE + column] ?? 0
      mass += ink
      momentX += ink * column
      momentY += ink * row
    }
  if (mass === 0) return { x: SIDE / 2, y: SIDE / 2 }
  return { x: momentX / mass + 0.5, y: momentY / mass + 0.5 }
}
