interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const STEPS = 16

/** Transforms that carry a box along one arc into another, for a Web Animation: the arc bows upwards. */
export function flightPath(from: Box, to: Box): { transform: string; opacity: number }[] {
  const dx = to.left + to.width / 2 - (from.left + from.width / 2)
  const dy = to.top + to.height / 2 - (from.top + from.height / 2)
  const lift = Math.min(160, 0.25 * Math.hypot(dx, dy))
  const shrink = Math.max(0.05, to.width / Math.max(1, from.width))
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const t = step / STEPS
    const x = dx * t
    const y = dy * t * t - lift * 4 * t * (1 - t)
    const scale = 1 + (shrink - 1) * t
    return {
      transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px) rotate(${(6 * t).toFixed(1)}deg) scale(${scale.toFixed(3)})`,
      opacity: t < 0.8 ? 1 : 1 - (t - 0.8) * 2.5,
    }
  })
}
