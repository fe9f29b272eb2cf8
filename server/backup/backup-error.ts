/** A backup that cannot be made or used; the message says why, for the person who asked. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
