/** Without any sign that the peer takes bytes for this long, while it should, it is stalled. Milliseconds. */
export const stallMs = 3_000

/**
 * Tells a stalled peer from a slow one, by two signs:
 * - bytes handed to the socket that do not leave our process: the kernel's buffers (up to 6 MB) are full;
 * - RTMP acknowledgements that stop coming. They show a dead peer seconds before the kernel does, but not every
 *   platform sends them, and at its own distance: nothing is concluded before the first one, and the distance is learned.
 */
export class StallDetector {
  readonly #askedWindowBytes: number
  #unflushedBytes = 0
  #unflushedSinceMs: number | undefined
  #windowBytes = 0
  #sentSinceAcknowledgement = 0
  #lastSequence = 0
  #unacknowledgedSinceMs: number | undefined

  /** `askedWindowBytes`: what we asked for by Window Acknowledgement Size. */
  constructor(askedWindowBytes: number) {
    this.#askedWindowBytes = askedWindowBytes
  }

  /** So many bytes were handed to the socket. */
  sent(bytes: number, nowMs: number): void {
    this.#unflushedBytes += bytes
    this.#unflushedSinceMs ??= nowMs
    this.#sentSinceAcknowledgement += bytes
    const isOverdue = this.#windowBytes > 0 && this.#sentSinceAcknowledgement > 2 * this.#windowBytes
    if (isOverdue) this.#unacknowledgedSinceMs ??= nowMs
  }

  /** So many bytes have left our process. */
  flushed(bytes: number, nowMs: number): void {
    this.#unflushedBytes -= bytes
    this.#unflushedSinceMs = this.#unflushedBytes > 0 ? nowMs : undefined
  }

  /** The peer's Acknowledgement; its number of bytes wraps in ways that differ from peer to peer, so only its moving counts. */
  acknowledged(sequence: number): void {
    this.#windowBytes = Math.max(this.#windowBytes, this.#askedWindowBytes, sequence - this.#lastSequence)
    this.#lastSequence = sequence
    this.#sentSinceAcknowledgement = 0
    this.#unacknowledgedSinceMs = undefined
  }

  /** Whether the peer has stopped taking bytes. */
  isStalled(nowMs: number): boolean {
    return isOver(this.#unflushedSinceMs, nowMs) || isOver(this.#unacknowledgedSinceMs, nowMs)
  }
}

function isOver(sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= stallMs
}
