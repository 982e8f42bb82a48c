import type { ReceptionReport, SenderReport } from './rtcp.ts'
import { type RtpPacket, sequenceDistance } from './rtp.ts'

/** Counts what came of one source and what did not (RFC 3550 §6.4.1, Appendices A.1, A.3 and A.8). */
export class Reception {
  readonly ssrc: number
  readonly #ticksPerMs: number
  #base: number | undefined
  #highest = 0
  #received = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #jitter = 0
  #lastTransit: number | undefined
  #report: { readonly ntpMiddle: number; readonly atMs: number } | undefined

  constructor(ssrc: number, clockRate: number) {
    this.ssrc = ssrc
    this.#ticksPerMs = clockRate / 1_000
  }

  note({ sequence, timestamp }: RtpPacket, nowMs: number): void {
    this.#received += 1
    if (this.#base === undefined) {
      this.#base = sequence
      this.#highest = sequence
    } else {
      this.#highest = Math.max(this.#highest, this.#highest + sequenceDistance(this.#highest & 0xffff, sequence))
    }
    const transit = Math.trunc(nowMs * this.#ticksPerMs - timestamp)
    // The difference wraps as timestamps do.
    if (this.#lastTransit !== undefined)
      this.#jitter += (Math.abs((transit - this.#lastTransit) | 0) - this.#jitter) / 16
    this.#lastTransit = transit
  }

  noteReport({ ntpMiddle }: SenderReport, nowMs: number): void {
    this.#report = { ntpMiddle, atMs: nowMs }
  }

  /** The report since the last one, and what it says. */
  report(nowMs: number): ReceptionReport {
    const expected = this.#base === undefined ? 0 : this.#highest - this.#base + 1
    const expectedSince = expected - this.#expectedBefore
    const lostSince = expectedSince - (this.#received - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.#received
    return {
      ssrc: this.ssrc,
      fractionLost: expectedSince > 0 ? Math.max(0, lostSince / expectedSince) : 0,
      lost: expected - this.#received,
      highestSequence: this.#highest,
      jitter: this.#jitter,
      lastReportNtpMiddle: this.#report?.ntpMiddle ?? 0,
      delayMs: this.#report ? nowMs - this.#report.atMs : 0,
    }
  }
}
