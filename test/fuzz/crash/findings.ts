/** What was not as promised; each thing counts and is told once, however often it is looked for. */
export class Findings {
  readonly labels = new Set<string>()
  readonly strokes = new Set<string>()
  readonly unreadable = new Set<string>()
  readonly others = new Set<string>()

  constructor(private readonly tell: (words: string) => void) {}

  get count(): number {
    return this.labels.size + this.strokes.size + this.unreadable.size + this.others.size
  }

  label(key: string, words: string): void {
    this.note(this.labels, key, `label ${key} was acknowledged and ${words}`)
  }

  stroke(id: string, words: string): void {
    this.note(this.strokes, id, `stroke ${id} was acknowledged and ${words}`)
  }

  unread(canvasId: string, words: string): void {
    this.note(this.unreadable, canvasId, `canvas ${canvasId} cannot be read: ${words}`)
  }

  other(words: string): void {
    this.note(this.others, words, words)
  }

  private note(found: Set<string>, key: string, words: string): void {
    if (found.has(key)) return
    found.add(key)
    this.tell(words)
  }
}
