/** What the store's thread is started with. */
export interface MongoThreadOptions {
  readonly url: string
  /** Days for which predictions are kept; 0 keeps them for ever. */
  readonly keepPredictionsDays: number
}
