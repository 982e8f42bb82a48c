import { type RtpPacket, sequenceDistance } from './rtp.ts'

export interface JitterBufferOptions {
  /** How long a missing packet is waited for, ms. */
  readonly maxWaitMs: number
  /** Packets kept behind a gap at most; about 1.5 KB each. */
  readonly maxPackets: number
  /** A packet in its order; `lostBefore`: at least one before it never came. */
  readonly onPacket: (packet: RtpPacket, lostBefore: boolean) => void
  /** These are missing: ask for them. */
  readonly onMissing: (sequences: readonly number[]) => void
}

/** When a missing packet is asked for: once it is later than mere reordering, and then again, ms. */
const firstAskMs = 10
const askAgainMs = 60
/** A jump beyond this is not a gap but another numbering. */
const maxGap = 1_000

/** Brings the packets of one source into their order, asks for those that are missing, and gives up in time. */
export class JitterBuffer {
  readonly #options: JitterBufferOptions
  readonly #waiting = new Map<number, RtpPacket>()
  /** When each missing packet was noticed, and asked for last. */
  readonly #missing = new Map<number, { readonly sinceMs: number; askedMs: number }>()
  #next: number | undefined
  #lostBefore = false

  constructor(options: JitterBufferOptions) {
    this.#options = options
  }

  /** Whether packets are missing: `tick` is then to be called each 10–20 ms. */
  get isWaiting(): boolean {
    return this.#missing.size > 0
  }

  push(packet: RtpPacket, nowMs: number): void {
    this.#next ??= packet.sequence
    const distance = sequenceDistance(this.#next, packet.sequence)
    if (Math.abs(distance) > maxGap) this.#restart(packet)
    else if (distance < 0 || this.#waiting.has(packet.sequence)) return
    this.#waiting.set(packet.sequence, packet)
    this.#missing.delete(packet.sequence)
    this.#noteGap(packet.sequence, nowMs)
    this.#release()
    if (this.#waiting.size > this.#options.maxPackets) this.#skipGap()
  }

  /** Asks for what is missing, and goes on without what is too late. */
  tick(nowMs: number): void {
    const due: number[] = []
    for (const [sequence, entry] of this.#missing) {
      if (nowMs - entry.sinceMs < firstAskMs || nowMs - entry.askedMs < askAgainMs) continue
      entry.askedMs = nowMs
      due.push(sequence)
    }
    while (this.#isTooLate(nowMs)) this.#skipGap()
    const wanted = due.filter((sequence) => this.#missing.has(sequence))
    if (wanted.length > 0) this.#options.onMissing(wanted)
  }

  #isTooLate(nowMs: number): boolean {
    const entry = this.#next === undefined ? undefined : this.#missing.get(this.#next)
    return entry !== undefined && nowMs - entry.sinceMs >= this.#options.maxWaitMs
  }

  /** Everything between the highest known and this packet is missing. */
  #noteGap(sequence: number, nowMs: number): void {
    for (
      let at = (sequence - 1) & 0xffff;
      at !== ((this.#next ?? sequence) - 1 + 0x10000) % 0x10000;
      at = (at - 1) & 0xffff
    ) {
      if (this.#waiting.has(at) || this.#missing.has(at)) break
      this.#missing.set(at, { sinceMs: nowMs, askedMs: Number.NEGATIVE_INFINITY })
    }
  }

  #release(): void {
    for (;;) {
      const packet = this.#next === undefined ? undefined : this.#waiting.get(this.#next)
      if (!packet) return
      this.#waiting.delete(packet.sequence)
      this.#next = (packet.sequence + 1) & 0xffff
      const lostBefore = this.#lostBefore
      this.#lostBefore = false
      this.#options.onPacket(packet, lostBefore)
    }
  }

  /** Gives up the packets up to the first that is there. */
  #skipGap(): void {
    while (this.#next !== undefined && !this.#waiting.has(this.#next)) {
      if (!this.#missing.delete(this.#next)) return
      this.#lostBefore = true
      this.#next = (this.#next + 1) & 0xffff
    }
    this.#release()
  }

  /** The sender counts anew: what waited is of no use any more. */
  #restart(packet: RtpPacket): void {
    this.#waiting.clear()
    this.#missing.clear()
    this.#next = packet.sequence
    this.#lostBefore = true
  }
}
