/** A slate could not be made; the message says why, in words for whoever chose it. */
export class SlateError extends Error {
  override readonly name = 'SlateError'
  readonly code = 'slate_failed'
}
