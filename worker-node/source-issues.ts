import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { LatencyMode } from '#schema/enums.ts'
import { usualBitrateKbps } from '#schema/plan/ladder.ts'

/** Viewers can begin, and a lost stream can come back, only at a keyframe: this is as long as anyone should wait, seconds. */
const longestKeyframeInterval = 4
/** More than this is hard to watch on a usual line, kbit/s. */
const heavyKbps = 10_000
/** A moving picture with less than this part of the usual bit rate is a blur. */
const thinShare = 0.1

/** How a session takes its source. */
export interface SourceUse {
  readonly latencyMode: LatencyMode
  /** It goes out as it is, so that viewers get its faults too. */
  readonly passesThrough: boolean
}

/** What is wrong with what the source sends, each with a fix in words. Nothing is wrong with a source that is not there. */
export function sourceIssues(source: SourceDescription | null, use: SourceUse): Issue[] {
  if (!source) return []
  const { video, audio } = source
  return [...(audio ? [] : [audioMissing]), ...(video ? pictureIssues(source, video, use) : [videoMissing])]
}

type Video = NonNullable<SourceDescription['video']>

function pictureIssues(source: SourceDescription, video: Video, use: SourceUse): Issue[] {
  const issues: Issue[] = []
  const seconds = video.keyframe_interval_s
  // A browser makes keyframes when it is asked to, not at a distance that somebody could set.
  if (seconds !== null && seconds > longestKeyframeInterval && source.protocol !== 'whip')
    issues.push(gopTooLong(seconds, use))
  if (video.frame_rate_varies) issues.push(frameRateUnsteady)
  if (video.b_frames && use.latencyMode === 'low_latency') issues.push(bFrames)
  const kbps = source.bitrate_kbps
  if (kbps !== null && use.passesThrough && kbps > heavyKbps) issues.push(bitrateTooHigh(kbps))
  if (kbps !== null && kbps > 0 && kbps < usualBitrateKbps(video, video.fps ?? 30) * thinShare)
    issues.push(bitrateTooLow(kbps, video))
  return issues
}

const audioMissing: Issue = {
  code: 'audio_missing',
  severity: 'warning',
  detail: 'The source sends no sound; viewers hear silence.',
  fix: 'Check that the encoder has a sound source that is not muted, and AAC as its audio codec.',
}

const videoMissing: Issue = {
  code: 'video_missing',
  severity: 'warning',
  detail: 'The source sends no picture; viewers see a plain background.',
  fix: 'Check that the encoder has a picture, and H.264 as its video codec.',
}

const gopTooLong = (seconds: number, { passesThrough }: SourceUse): Issue => ({
  code: 'gop_too_long',
  severity: 'warning',
  detail: passesThrough
    ? `The source sends a keyframe only every ${rounded(seconds)} seconds: viewers wait that long for their first picture, and so does the way back from an interruption.`
    : `The source sends a keyframe only every ${rounded(seconds)} seconds: after an interruption it takes that long until its picture is back.`,
  fix: 'Set the keyframe interval to 2 seconds. In OBS: Settings → Output → Streaming → Keyframe Interval, 2 s (0 means that the encoder chooses).',
})

const frameRateUnsteady: Issue = {
  code: 'frame_rate_unsteady',
  severity: 'info',
  detail: 'The source sends its pictures at uneven distances, so movement may look jerky.',
  fix: 'Set a constant frame rate in the encoder. If it is set, the computer is too slow for it: choose a smaller picture or fewer frames per second.',
}

const bFrames: Issue = {
  code: 'b_frames',
  severity: 'info',
  detail: 'The source sends B-frames. They cost low latency: each picture waits for later ones.',
  fix: 'Switch B-frames off in the encoder. In OBS: Max B-frames 0, or for x264 the tune “zerolatency”.',
}

const bitrateTooHigh = (kbps: number): Issue => ({
  code: 'bitrate_too_high',
  severity: 'warning',
  detail: `The source sends ${megabits(kbps)} Mbit/s, and goes out as it is: viewers on usual lines will see stalls.`,
  fix: 'Lower the bit rate in the encoder (6 Mbit/s suit 1080p), or choose a ladder that is encoded here.',
})

const bitrateTooLow = (kbps: number, { width, height }: Video): Issue => ({
  code: 'bitrate_too_low',
  severity: 'info',
  detail: `The source sends ${kbps} kbit/s for ${width}×${height} pixels: enough for slides, but what moves is blurred.`,
  fix: 'If the picture moves, raise the bit rate in the encoder, or make the picture smaller.',
})

const rounded = (seconds: number) => Math.round(seconds * 10) / 10
const megabits = (kbps: number) => (kbps / 1_000).toFixed(kbps < 10_000 ? 1 : 0)
