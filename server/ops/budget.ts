/** Counts what many hold together of something that must not grow without end. */
export class Budget {
  private counted = 0

  constructor(private readonly most: number) {}

  get used(): number {
    return this.counted
  }

  /** Whether more is held than is meant to be. */
  get full(): boolean {
    return this.counted > this.most
  }

  /** `amount` is negative for what is given back. */
  add(amount: number): void {
    this.counted += amount
  }
}
