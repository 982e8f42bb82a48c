/** A backup or a restore can't be; the message is for people and says what to do. Nothing was changed. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}
