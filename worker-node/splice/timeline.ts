import { aacFrameSamples, videoTimescale } from '../media/sample.ts'

/** Fastest correction of the wall anchor, parts of a second per second: above any clock drift, below any perception. */
const slewRate = 0.0005

/**
 * The one place where times are converted. A session has one output clock that starts at 0 and never jumps; the
 * timeline ties it to the wall (a monotonic clock in milliseconds) and maps a run's own clock onto it.
 */
export class Timeline {
  #originMs: number

  /** `originMs`: monotonic wall time at which output time is 0. */
  constructor(originMs: number) {
    this.#originMs = originMs
  }

  /** Where the output ought to be now, in ticks of {@link videoTimescale}. */
  positionAt(nowMs: number): number {
    return msToTicks(nowMs - this.#originMs)
  }

  /** How far `dts` (video ticks) stands before the wall, milliseconds; negative when it is late. */
  leadMs(dts: number, nowMs: number): number {
    return ticksToMs(dts) - (nowMs - this.#originMs)
  }

  /** Leaves out `ms` of wall time in which the process did not run. */
  skip(ms: number): void {
    this.#originMs += ms
  }

  /**
   * Follows the clock of a live source, which never runs exactly like ours, so that small errors do not add up
   * over days until they look like a stall.
   */
  follow(leadMs: number, elapsedMs: number): void {
    const limit = elapsedMs * slewRate
    this.#originMs -= Math.max(-limit, Math.min(limit, leadMs))
  }
}

/**
 * How one uninterrupted stretch of a run lies on the output clock. One offset, taken from video, moves all tracks;
 * audio is rounded to the grid of whole frames that was already sent (at most half a frame, 10.7 ms, off).
 */
export class Mapping {
  readonly #videoOffset: number
  readonly #displayDelay: number

  /**
   * Puts the video frame with run time `runDts` at output time `outputDts` (both video ticks). `displayDelay`: how much
   * longer than in the run pictures wait for their display, and sound for its hearing.
   */
  constructor(runDts: number, outputDts: number, displayDelay = 0) {
    this.#videoOffset = outputDts - runDts
    this.#displayDelay = displayDelay
  }

  /** Output composition offset of a video sample, video ticks. */
  composition(runOffset: number): number {
    return runOffset + this.#displayDelay
  }

  /** Output dts of a video sample, video ticks. */
  video(runDts: number): number {
    return runDts + this.#videoOffset
  }

  /** Output dts of an audio sample, ticks of `timescale`: a whole number of frames from `cursor`, where the output stands. */
  audio(runDts: number, timescale: number, cursor: number): number {
    const exact = runDts + ((this.#videoOffset + this.#displayDelay) * timescale) / videoTimescale
    return cursor + Math.round((exact - cursor) / aacFrameSamples) * aacFrameSamples
  }
}

/** Milliseconds to video ticks. */
export const msToTicks = (ms: number): number => (ms * videoTimescale) / 1000

/** Video ticks to milliseconds. */
export const ticksToMs = (ticks: number): number => (ticks * 1000) / videoTimescale

/** Ticks of a timescale to video ticks, exact up to the fraction. */
export const toVideoTicks = (ticks: number, timescale: number): number => (ticks * videoTimescale) / timescale

/** Ticks of one timescale to the nearest of another. */
export const convertTicks = (ticks: number, from: number, to: number): number =>
  from === to ? ticks : Math.round((ticks * to) / from)
