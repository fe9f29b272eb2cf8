const waiting = new Set<() => void>()
let frame = 0

/** Runs `work` in the next frame, once however often it is asked for. */
export function nextFrame(work: () => void): void {
  waiting.add(work)
  if (frame === 0) frame = requestAnimationFrame(run)
}

/** Forgets `work` if it has not run yet. */
export function cancelFrame(work: () => void): void {
  waiting.delete(work)
}

function run(): void {
  frame = 0
  const now = [...waiting]
  waiting.clear()
  for (const work of now) work()
}
