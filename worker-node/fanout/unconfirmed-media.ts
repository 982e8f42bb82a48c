/** Media that waits for longer than this is worth a look into the kernel, milliseconds. */
const doubtMs = 400

interface SentBatch {
  /** Where it ends, counted from the first byte of media. */
  readonly endBytes: number
  readonly durationMs: number
}

/**
 * What was sent in a publish session and the peer has not confirmed yet, in media time: the part of a destination's
 * lateness that is out of our hands. Confirmed is what RTMP acknowledgements say, where they come, else what the kernel
 * knows of the peer's TCP. Nothing is held before the kernel has been asked, nor where it does not tell; else its
 * size is bounded by whoever sends no more when {@link durationMs} is too much: some hundred entries.
 */
export class UnconfirmedMedia {
  #state: 'unasked' | 'known' | 'unknowable' = 'unasked'
  #batches: SentBatch[] = []
  #durationMs = 0
  #sentBytes = 0
  #acknowledgedBytes = 0
  #lastSequence = 0

  /** Milliseconds of media; 0 where it can't be known. */
  get durationMs(): number {
    return this.#durationMs
  }

  /** Whether acknowledgements tell too little, so that the kernel should be asked. */
  get inDoubt(): boolean {
    return this.#state === 'unasked' || this.#durationMs >= doubtMs
  }

  sent(bytes: number, durationMs: number): void {
    this.#sentBytes += bytes
    if (this.#state !== 'known') return
    this.#batches.push({ endBytes: this.#sentBytes, durationMs })
    this.#durationMs += durationMs
  }

  /** The peer's RTMP Acknowledgement. One whose count wraps or means something else brings on more doubt, no more. */
  acknowledged(sequence: number): void {
    const progressBytes = Math.max(0, sequence - this.#lastSequence)
    this.#lastSequence = sequence
    this.#acknowledgedBytes = Math.min(this.#sentBytes, this.#acknowledgedBytes + progressBytes)
    this.#confirm(this.#acknowledgedBytes)
  }

  /** The peer's TCP has confirmed so many bytes of media; undefined where the kernel does not tell. */
  confirmed(totalBytes: number | undefined): void {
    this.#state = totalBytes === undefined ? 'unknowable' : 'known'
    this.#confirm(totalBytes ?? Number.POSITIVE_INFINITY)
  }

  #confirm(totalBytes: number): void {
    const waiting = this.#batches.findIndex(({ endBytes }) => endBytes > totalBytes)
    const confirmed = this.#batches.splice(0, waiting < 0 ? this.#batches.length : waiting)
    this.#durationMs -= confirmed.reduce((sum, { durationMs }) => sum + durationMs, 0)
  }
}
