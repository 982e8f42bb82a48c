import type { SenderReport } from './rtcp.ts'

export type TrackKind = 'video' | 'audio'

/** A track is anchored anew when its clock and the arrival of its packets part by more than this, ms. */
const maxDisagreementMs = 2_000
/** After such a silence the sender may have stood still: arrival then counts more, ms. */
const silenceMs = 500
const maxDisagreementAfterSilenceMs = 200
/** How fast the picture is brought to the sound, ms per frame; nobody sees it. */
const slewMs = 4
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
 * Puts the frames of sound and picture on one axis, in ms from the first. A track starts where its first packet
 * arrived; once both senders' clocks are known (RTCP sender reports) the picture is moved to where it was recorded
 * beside the sound. Pure: time comes in with the packets.
 */
export class MediaClock {
  readonly #tracks = new Map<TrackKind, TrackClock>()
  #startMs: number | undefined

  /** The time of a frame. `clockRate`: ticks per second of its RTP timestamps. */
  place(kind: TrackKind, clockRate: number, rtpTimestamp: number, arrivalMs: number): number {
    this.#startMs ??= arrivalMs
    const onAxisMs = arrivalMs - this.#startMs
    const track = this.#track(kind, clockRate, rtpTimestamp, onAxisMs)
    const ticks = track.lastTicks + (((rtpTimestamp - track.lastTicks) | 0) as number)
    track.lastTicks = ticks
    let timeMs = track.anchorMs + (ticks - track.anchorTicks) / track.ticksPerMs
    const paused = onAxisMs - track.lastArrivalMs > silenceMs
    if (Math.abs(timeMs - onAxisMs) > (paused ? maxDisagreementAfterSilenceMs : maxDisagreementMs)) {
      timeMs = onAxisMs
      this.#anchor(track, ticks, timeMs)
    }
    track.lastArrivalMs = onAxisMs
    if (kind === 'video') timeMs += this.#slew(track)
    track.lastPlacedMs = Math.max(timeMs, track.lastPlacedMs + stepMs)
    return track.lastPlacedMs
  }

  /** Takes the clock of a track's sender. */
  report(kind: TrackKind, { ntpMs, rtpTimestamp }: SenderReport): void {
    const track = this.#tracks.get(kind)
    if (!track) return
    track.report = { ntpMs, ticks: track.lastTicks + ((rtpTimestamp - track.lastTicks) | 0) }
  }

  /** Its numbering starts anew: another source, say. */
  forget(kind: TrackKind): void {
    const track = this.#tracks.get(kind)
    if (track) this.#anchor(track, track.lastTicks, Number.NEGATIVE_INFINITY)
  }

  #track(kind: TrackKind, clockRate: number, rtpTimestamp: number, onAxisMs: number): TrackClock {
    const known = this.#tracks.get(kind)
    if (known && known.anchorMs !== Number.NEGATIVE_INFINITY) return known
    const track: TrackClock = {
      ticksPerMs: clockRate / 1_000,
      anchorTicks: rtpTimestamp,
      anchorMs: onAxisMs,
      lastTicks: rtpTimestamp,
      lastArrivalMs: onAxisMs,
      lastPlacedMs: known?.lastPlacedMs ?? -1,
      report: undefined,
    }
    this.#tracks.set(kind, track)
    return track
  }

  #anchor(track: TrackClock, ticks: number, timeMs: number): void {
    track.anchorTicks = ticks
    track.anchorMs = timeMs
    track.report = undefined
  }

  /** How far the picture moves with this frame; the anchor moves along. */
  #slew(video: TrackClock): number {
    const audio = this.#tracks.get('audio')
    if (!audio?.report || !video.report) return 0
    // Where the picture would stand if it had been placed by the sound's clock.
    const audioMs = audio.anchorMs + (audio.report.ticks - audio.anchorTicks) / audio.ticksPerMs
    const videoMs = video.anchorMs + (video.report.ticks - video.anchorTicks) / video.ticksPerMs
    const wantedMs = audioMs + (video.report.ntpMs - audio.report.ntpMs)
    const offMs = wantedMs - videoMs
    // What no delay of a network explains is a sender whose two clocks have nothing to do with each other.
    if (!Number.isFinite(offMs) || Math.abs(offMs) > maxDisagreementMs) return 0
    const moveMs = Math.max(-slewMs, Math.min(slewMs, offMs))
    video.anchorMs += moveMs
    return moveMs
  }
}
