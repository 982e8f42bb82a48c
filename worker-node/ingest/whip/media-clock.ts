import type { SenderReport } from './rtcp.ts'

export type TrackKind = 'video' | 'audio'

/** A step in a sender's numbers beyond what passed in the meantime is not time but another numbering, ms. */
const maxLeapMs = 2_000
/** Steps back of more than this likewise; smaller ones are reordering, ms. */
const maxBackMs = 1_000
/** How fast the picture is brought to the sound, ms per frame; nobody sees it. */
const slewMs = 4
/** Beyond this it is done at once, by moving the track that is behind, ms. */
const tooFarMs = 150
/** What no delay explains: a sender whose two clocks have nothing to do with each other, ms. */
const unrelatedMs = 10_000
/** Two frames never have the same time: the smallest step, ms. */
const stepMs = 0.1

interface TrackClock {
  readonly ticksPerMs: number
  /** RTP timestamp without wrap, and the time on our axis that it stands for. */
  anchorTicks: number
  anchorMs: number
  lastTicks: number
  lastArrivalMs: number
  lastPlacedMs: number
  report: { readonly ntpMs: number; readonly ticks: number } | undefined
}

/**
 * Puts the frames of sound and picture on one axis, in ms from the first. A track starts where its first packet arrived
 * and goes on by its own timestamps, however late and in what bursts packets come. Once both senders' clocks are known
 * (RTCP sender reports, RFC 3550 §6.4.1) the picture stands where it was recorded beside the sound. Time comes in with the
 * packets.
 */
export class MediaClock {
  readonly #tracks = new Map<TrackKind, TrackClock>()
  #startMs: number | undefined

  /** The time of a frame. `clockRate`: ticks per second of its RTP timestamps. */
  place(kind: TrackKind, clockRate: number, rtpTimestamp: number, arrivalMs: number): number {
    this.#startMs ??= arrivalMs
    const onAxisMs = arrivalMs - this.#startMs
    const track = this.#tracks.get(kind) ?? this.#begin(kind, clockRate, rtpTimestamp, onAxisMs)
    const ticks = unwrap(rtpTimestamp, track.lastTicks)
    const passedMs = onAxisMs - track.lastArrivalMs
    const leapMs = (ticks - track.lastTicks) / track.ticksPerMs
    if (leapMs > passedMs + maxLeapMs || leapMs < -maxBackMs) anchor(track, ticks, track.lastPlacedMs + passedMs)
    track.lastTicks = ticks
    track.lastArrivalMs = onAxisMs
    if (kind === 'video') this.#alignTo(track)
    const timeMs = track.anchorMs + (ticks - track.anchorTicks) / track.ticksPerMs
    track.lastPlacedMs = Math.max(timeMs, track.lastPlacedMs + stepMs)
    return track.lastPlacedMs
  }

  /** Takes the clock of a track's sender. */
  report(kind: TrackKind, { ntpMs, rtpTimestamp }: SenderReport): void {
    const track = this.#tracks.get(kind)
    if (track) track.report = { ntpMs, ticks: unwrap(rtpTimestamp, track.lastTicks) }
  }

  /** The track goes on with another source, whose numbers begin elsewhere. */
  restart(kind: TrackKind, rtpTimestamp: number, arrivalMs: number): void {
    const track = this.#tracks.get(kind)
    if (!track) return
    const onAxisMs = arrivalMs - (this.#startMs ?? arrivalMs)
    anchor(track, rtpTimestamp, Math.max(onAxisMs, track.lastPlacedMs))
    track.lastTicks = rtpTimestamp
  }

  #begin(kind: TrackKind, clockRate: number, rtpTimestamp: number, onAxisMs: number): TrackClock {
    const track: TrackClock = {
      ticksPerMs: clockRate / 1_000,
      anchorTicks: rtpTimestamp,
      anchorMs: onAxisMs,
      lastTicks: rtpTimestamp,
      lastArrivalMs: onAxisMs,
      lastPlacedMs: onAxisMs - stepMs,
      report: undefined,
    }
    this.#tracks.set(kind, track)
    return track
  }

  #alignTo(video: TrackClock): void {
    const audio = this.#tracks.get('audio')
    if (!audio?.report || !video.report) return
    // Where the picture would stand if it had been placed by the sound's clock.
    const wantedMs = reportedMs(audio, audio.report.ticks) + (video.report.ntpMs - audio.report.ntpMs)
    const offMs = wantedMs - reportedMs(video, video.report.ticks)
    if (Math.abs(offMs) > unrelatedMs) return
    if (Math.abs(offMs) <= tooFarMs) video.anchorMs += Math.max(-slewMs, Math.min(slewMs, offMs))
    // Time never runs back: the track that is behind goes forward.
    else if (offMs > 0) video.anchorMs += offMs
    else audio.anchorMs -= offMs
  }
}

function anchor(track: TrackClock, ticks: number, timeMs: number): void {
  track.anchorTicks = ticks
  track.anchorMs = timeMs
  track.report = undefined
}

const reportedMs = (track: TrackClock, ticks: number): number =>
  track.anchorMs + (ticks - track.anchorTicks) / track.ticksPerMs

/** A 32-bit timestamp as the number nearest to the last one. */
const unwrap = (timestamp: number, last: number): number => last + ((timestamp - last) | 0)
