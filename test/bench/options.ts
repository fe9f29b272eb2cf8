/** Stores that a benchmark may be about. */
export const drivers = ['sqlite', 'mongo', 'both'] as const

/** What every benchmark is given. */
export interface BenchOptions {
  /** At most 20 s, for a check that it runs and that its correctness keys hold. */
  readonly quick: boolean
  /** Folder with public data (`--data DIR`), where a benchmark wants more than the fixtures. */
  readonly data: string | null
  /** `--driver`: null where it was not given. */
  readonly driver: (typeof drivers)[number] | null
  /** Further words of the command line. */
  readonly args: readonly string[]
}

/** Named figures; numbers unless a figure could not be had. */
export type Figures = Record<string, number | string>
export type Bench = (options: BenchOptions) => Promise<Figures>
