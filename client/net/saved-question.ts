/** Until what is saved is asked anew, where nothing told. */
const ASK_AGAIN_MS = 3_000

export interface SavedQuestionOptions {
  /** Asks the server; rejects where it has no answer at the moment. */
  readonly ask: () => Promise<Uint8Array>
  /** Whether there is anything left to ask for, and somebody to ask. */
  readonly open: () => boolean
  readonly onAnswer: (stateVector: Uint8Array) => void
  readonly pauseMs?: number
}

/**
 * Asks how far the store has a document while something is open and nothing tells: an answer may be refused, and an
 * acknowledgement that was sent while a socket was away does not come again.
 */
export class SavedQuestion {
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | null = null
  #asking = false

  constructor(private readonly options: SavedQuestionOptions) {}

  /** Asks now, in place of what was asked before. */
  async ask(): Promise<void> {
    this.stop()
    const { ask, open, onAnswer } = this.options
    if (!open()) return
    const asked = this.#asked
    this.#asking = true
    const stateVector = await ask().catch(() => null)
    if (asked !== this.#asked) return
    this.#asking = false
    if (stateVector) onAnswer(stateVector)
    this.watch()
  }

  /** To be called whenever something may have become open. */
  watch(): void {
    if (this.#timer !== null || this.#asking || !this.options.open()) return
    this.#timer = setTimeout(() => void this.ask(), this.options.pauseMs ?? ASK_AGAIN_MS)
  }

  /** An acknowledgement came unasked: the next one has its time. */
  heard(): void {
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.watch()
  }

  stop(): void {
    this.#asked++
    this.#asking = false
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
