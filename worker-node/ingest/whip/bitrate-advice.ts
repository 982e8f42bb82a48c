/** What was seen since the last advice. */
export interface LineState {
  readonly receivedKbps: number
  /** 0–1. */
  readonly lossShare: number
  /** By how much packets come later than the fastest of late: a queue that builds up before us, ms. */
  readonly queueMs: number
}

/** Enough for sound and a small picture; asking for less helps nobody. */
const leastKbps = 250
const tooMuchLoss = 0.1
const tooMuchQueueMs = 200
/** Under what arrives, so that the queue drains. */
const backOff = 0.85
/** Growth per advice, two a second. */
const growth = 1.05

/**
 * Tells a publisher how much to send (REMB). Its own estimate is switched off, as it starves under werift's feedback: so
 * a line that queues or loses must be noticed here.
 */
export class BitrateAdvice {
  readonly #maxKbps: number
  #kbps: number

  constructor(maxKbps: number) {
    this.#maxKbps = maxKbps
    this.#kbps = maxKbps
  }

  next({ receivedKbps, lossShare, queueMs }: LineState): number {
    const tooMuch = lossShare > tooMuchLoss || queueMs > tooMuchQueueMs
    const wanted = tooMuch ? Math.min(this.#kbps, receivedKbps * backOff) : this.#kbps * growth
    this.#kbps = Math.max(Math.min(leastKbps, this.#maxKbps), Math.min(this.#maxKbps, wanted))
    return Math.round(this.#kbps)
  }
}

/** A slow queue is told from a clock that runs differently: what was fastest is forgotten after so long, ms. */
const forgetMs = 10_000
/** More than any queue holds: the sender stood still, or its numbers wrapped. Ms. */
const absurdMs = 3_000

/** Measures how much later packets come than the fastest one of late. */
export class QueueMeter {
  #fastest: number | undefined
  #formerFastest: number | undefined
  #sinceMs = 0
  #slowness = 0

  /** `mediaMs`: when the packet was sent, on any axis in ms. */
  note(mediaMs: number, arrivalMs: number): void {
    const transit = arrivalMs - mediaMs
    if (this.#fastest === undefined || arrivalMs - this.#sinceMs > forgetMs) {
      this.#formerFastest = this.#fastest
      this.#fastest = transit
      this.#sinceMs = arrivalMs
    }
    this.#fastest = Math.min(this.#fastest, transit)
    const late = transit - Math.min(this.#fastest, this.#formerFastest ?? this.#fastest)
    if (late > absurdMs) {
      this.#fastest = undefined
      this.#formerFastest = undefined
      return
    }
    this.#slowness += (late - this.#slowness) / 8
  }

  /** Smoothed, ms. */
  get queueMs(): number {
    return this.#slowness
  }
}
