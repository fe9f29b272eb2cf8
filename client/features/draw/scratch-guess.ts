import type { ClassInfo } from '../../../shared/protocol/entities.ts'
import type { Prediction } from '../../../shared/protocol/events.ts'

/** What the scratch pad's model says of the drawing. */
export interface ScratchGuess {
  readonly classes: readonly ClassInfo[]
  /** By position of `classes`, 0 to 1; null while nothing is drawn or no guess has come. */
  readonly probabilities: readonly number[] | null
  /** Points of the drawing that the guess saw. */
  readonly points: number
}

/** Picks the guess to show: the one that saw most of the drawing as it is now. */
export class ScratchGuesses {
  #classes: readonly ClassInfo[] = []
  #order: readonly string[] = []
  #seen = 0
  #probabilities: readonly number[] | null = null

  get current(): ScratchGuess {
    return { classes: this.#classes, probabilities: this.#probabilities, points: this.#seen }
  }

  /** `classIds` is the order of a prediction's probabilities. */
  setClasses(classes: readonly ClassInfo[], classIds: readonly string[]): void {
    this.#classes = classes
    this.#order = classIds
  }

  /** Something was taken away: guesses may see fewer points from here on. */
  restart(points: number): void {
    this.#seen = 0
    if (points === 0) this.#probabilities = null
  }

  /**
   * Takes a guess in unless it is late: one that saw less than the one shown, or more than the `points` there are
   * now, which it can only have from before something was taken away. Answers whether it is the one to show.
   */
  offer(prediction: Pick<Prediction, 'points' | 'probabilities'>, points: number): boolean {
    if (prediction.points < this.#seen || prediction.points > points) return false
    this.#seen = prediction.points
    this.#probabilities =
      points === 0 || prediction.probabilities.length === 0
        ? null
        : this.#classes.map(({ id }) => prediction.probabilities[this.#order.indexOf(id)] ?? 0)
    return true
  }
}
