/** How fast steps go, over those since it began. */
export class Pace {
  private steps = 0
  private samples = 0
  private ms = 0

  begin(): void {
    this.steps = 0
    this.samples = 0
    this.ms = 0
  }

  add(samples: number, ms: number): void {
    this.steps++
    this.samples += samples
    this.ms += ms
  }

  /** Steps a second; null before the first. */
  get stepsPerSecond(): number | null {
    return this.steps > 0 ? this.steps / this.seconds : null
  }

  /** Whole samples a second; null before the first step. */
  get samplesPerSecond(): number | null {
    return this.steps > 0 ? Math.round(this.samples / this.seconds) : null
  }

  private get seconds(): number {
    // A clock may be too coarse for a small step.
    return Math.max(0.1 * this.steps, this.ms) / 1000
  }
}
