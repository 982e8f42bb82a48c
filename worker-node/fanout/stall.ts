/** Without any sign that the peer takes bytes for this long, while it should, it is stalled. Milliseconds. */
export const stallMs = 3_000
/**
 * The same between two readings of the kernel: what came to a stop had done so up to half a second before the first.
 * By then TCP has sent its oldest bytes again three times on most paths (after 0.3, 0.9 and 2.1 s).
 */
const unconfirmedStallMs = 2_500

/**
 * Tells a stalled peer from a slow one, by three signs:
 * - bytes handed to the socket that do not leave our process: the kernel's buffers (up to 6 MB) are full;
 * - bytes in the kernel of which the peer's TCP confirms none, from one reading to the next (Linux only);
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
  #flushedBytes = 0
  #confirmedBytes = 0
  #unconfirmedSinceMs: number | undefined
  #isUnconfirmed = false

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
    this.#flushedBytes += bytes
    this.#unflushedBytes -= bytes
    this.#unflushedSinceMs = this.#unflushedBytes > 0 ? nowMs : undefined
  }

  /** The peer's Acknowledgement; its number of bytes wraps in ways that differ from peer to peer, so only its moving counts. */
  acknowledged(sequence: number): void {
    this.#windowBytes = Math.max(this.#windowBytes, this.#askedWindowBytes, sequence - this.#lastSequence)
    this.#lastSequence = sequence
    this.#sentSinceAcknowledgement = 0
    this.#unacknowledgedSinceMs = undefined
    this.#unconfirmedSinceMs = undefined
    this.#isUnconfirmed = false
  }

  /**
   * The kernel holds so many bytes that the peer's TCP has not confirmed. Only a reading is proof: between two, with
   * nothing to send, no time counts. Under TLS bytes of the kernel are more than ours; that they move is all that matters.
   */
  kernelHolds(queuedBytes: number, nowMs: number): void {
    const confirmedBytes = this.#flushedBytes - queuedBytes
    if (queuedBytes === 0) this.#unconfirmedSinceMs = undefined
    else if (confirmedBytes > this.#confirmedBytes) this.#unconfirmedSinceMs = nowMs
    else this.#unconfirmedSinceMs ??= nowMs
    this.#confirmedBytes = Math.max(this.#confirmedBytes, confirmedBytes)
    this.#isUnconfirmed = isOver(this.#unconfirmedSinceMs, nowMs, unconfirmedStallMs)
  }

  /** Whether the peer has stopped taking bytes. */
  isStalled(nowMs: number): boolean {
    return this.#isUnconfirmed || isOver(this.#unflushedSinceMs, nowMs) || isOver(this.#unacknowledgedSinceMs, nowMs)
  }
}

function isOver(sinceMs: number | undefined, nowMs: number, limitMs = stallMs): boolean {
  return sinceMs !== undefined && nowMs - sinceMs >= limitMs
}
