/** What is missing or failed, in words for the person who ran the program. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
