/** A slate could not be made; the message says why, in words for whoever chose it. */
export class SlateError extends Error {
  override readonly name = 'SlateError'
  readonly code = 'slate_failed'
  /** What classify.ts calls what FFmpeg said, where it said something. */
  readonly faultCode: string | undefined

  constructor(message: string, options?: ErrorOptions & { readonly faultCode?: string | undefined }) {
    super(message, options)
    this.faultCode = options?.faultCode
  }
}
