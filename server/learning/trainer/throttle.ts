/**
 * Runs `send` for a key at once and then at most every `gapMs`; what is asked for in between is sent once, at the
 * end of the gap.
 */
export class Throttle {
  private readonly gaps = new Map<string, { timer: NodeJS.Timeout; again: boolean }>()

  constructor(
    private readonly gapMs: number,
    private readonly send: (key: string) => void,
  ) {}

  ask(key: string): void {
    const gap = this.gaps.get(key)
    if (gap) gap.again = true
    else this.begin(key)
  }

  forget(key: string): void {
    clearTimeout(this.gaps.get(key)?.timer)
    this.gaps.delete(key)
  }

  private begin(key: string): void {
    const timer = setTimeout(() => {
      const again = this.gaps.get(key)?.again ?? false
      this.gaps.delete(key)
      if (again) this.begin(key)
    }, this.gapMs)
    this.gaps.set(key, { timer, again: false })
    this.send(key)
  }
}
