/** Until what is saved is asked anew, where the answer was refused. */
const ASK_AGAIN_MS = 3_000

export interface SavedQuestionOptions {
  /** Asks the server; rejects where it has no answer at the moment. */
  readonly ask: () => Promise<Uint8Array>
  /** Whether there is anything left to ask for. */
  readonly open: () => boolean
  readonly onAnswer: (stateVector: Uint8Array) => void
  readonly pauseMs?: number
}

/** Asks how far the store has a document, after a pause again where that is refused: nothing else may come to settle it. */
export class SavedQuestion {
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly options: SavedQuestionOptions) {}

  /** Asks now, in place of what was asked before. */
  async ask(): Promise<void> {
    this.stop()
    const { ask, open, onAnswer, pauseMs = ASK_AGAIN_MS } = this.options
    if (!open()) return
    const asked = this.#asked
    try {
      const stateVector = await ask()
      if (asked === this.#asked) onAnswer(stateVector)
    } catch {
      // Refused for the moment.
      if (asked === this.#asked) this.#timer = setTimeout(() => void this.ask(), pauseMs)
    }
  }

  stop(): void {
    this.#asked++
    clearTimeout(this.#timer)
  }
}
