export interface BuildOptions {
  /** Builds even what is up to date. */
  readonly always?: boolean
  readonly say?: (line: string) => void
}

/** Builds client and server into dist, what is up to date left as it is. */
export function build(options?: BuildOptions): Promise<void>
