import type { Issue } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { InputType, LatencyMode } from '#schema/enums.ts'
import { usualBitrateKbps } from '#schema/plan/bitrate.ts'

/** Viewers can begin, and a lost stream can come back, only at a keyframe: this is as long as anyone should wait, seconds. */
const longestKeyframeInterval = 4
/** More than this is hard to watch on a usual line, kbit/s. */
const heavyKbps = 10_000
/** A moving picture with less than this part of the usual bit rate is a blur. */
const thinShare = 0.1

/** How a session takes its source. */
export interface SourceUse {
  /** Who sends it: an encoder, or what is fetched. */
  readonly type: InputType
  readonly latencyMode: LatencyMode
  /** It goes out as it is, so that viewers get its faults too. */
  readonly passesThrough: boolean
}

/** What is wrong with what the source sends, each with a fix in words. Nothing is wrong with a source that is not there. */
export function sourceIssues(source: SourceDescription | null, use: SourceUse): Issue[] {
  if (!source) return []
  const { video, audio } = source
  return [...(audio ? [] : [audioMissing(use)]), ...(video ? pictureIssues(source, video, use) : [videoMissing(use)])]
}

/** A source that is not on air, where sources go out as they are: a switch to it must wait for a keyframe of its own. */
export function standbyGopTooLong(input: {
  readonly id: string
  readonly type: InputType
  readonly source: SourceDescription | null
}): Issue[] {
  const seconds = input.source?.video?.codec === 'h264' ? longGop(input.source) : null
  if (seconds === null) return []
  const detail = `This input sends a keyframe only every ${rounded(seconds)} seconds: where it has to take over, viewers may see the slate that long.`
  return [{ code: 'gop_too_long', severity: 'warning', detail, fix: fixFor(input, gopFixes), input_id: input.id }]
}

/** The source on air sends `rate` media seconds per second. */
export function sourceTooSlow(rate: number, use: SourceUse): Issue {
  return {
    code: 'source_too_slow',
    severity: 'warning',
    detail: `The source sends only ${Math.min(99, Math.round(rate * 100))} % of real time: its picture comes later and later, until the slate takes its place for a moment.`,
    fix: fixFor(use, {
      encoder:
        'Lower the bit rate or the picture size in the encoder: its computer or its uplink is too slow for them.',
      fetched: 'Check the line to the server that it is fetched from, or choose a quality with a lower bit rate there.',
    }),
  }
}

type Video = NonNullable<SourceDescription['video']>

function pictureIssues(source: SourceDescription, video: Video, use: SourceUse): Issue[] {
  const issues: Issue[] = []
  const seconds = longGop(source)
  if (seconds !== null) issues.push(gopTooLong(seconds, use))
  if (video.frame_rate_varies) issues.push(frameRateUnsteady(use))
  if (video.b_frames && use.latencyMode === 'low_latency') issues.push(bFrames(use))
  const kbps = source.bitrate_kbps
  if (kbps !== null && use.passesThrough && kbps > heavyKbps) issues.push(bitrateTooHigh(kbps, use))
  if (kbps !== null && kbps > 0 && kbps < usualBitrateKbps(video, video.fps ?? 30) * thinShare)
    issues.push(bitrateTooLow(kbps, video, use))
  return issues
}

/** The distance of its keyframes, seconds, where that is too long; else null. */
function longGop({ protocol, video }: SourceDescription): number | null {
  const seconds = video?.keyframe_interval_s ?? null
  // A browser makes keyframes when it is asked to, not at a distance that somebody could set.
  return seconds !== null && seconds > longestKeyframeInterval && protocol !== 'whip' ? seconds : null
}

/** What to do, for those who have an encoder of their own before them, and for those who fetch what others made. */
function fixFor(
  { type }: Pick<SourceUse, 'type'>,
  fixes: { readonly encoder: string; readonly fetched: string },
): string {
  return type === 'pull' || type === 'channel' ? fixes.fetched : fixes.encoder
}

const audioMissing = (use: SourceUse): Issue => ({
  code: 'audio_missing',
  severity: 'warning',
  detail: 'The source sends no sound; viewers hear silence.',
  fix: fixFor(use, {
    encoder: 'Check that the encoder has a sound source that is not muted, and AAC as its audio codec.',
    fetched: 'If there ought to be sound, check that what is fetched has a sound track.',
  }),
})

const videoMissing = (use: SourceUse): Issue => ({
  code: 'video_missing',
  severity: 'warning',
  detail: 'The source sends no picture; viewers see a plain background.',
  fix: fixFor(use, {
    encoder: 'Check that the encoder has a picture, and H.264 as its video codec.',
    fetched: 'If there ought to be a picture, check that what is fetched has one in H.264.',
  }),
})

const gopTooLong = (seconds: number, use: SourceUse): Issue => ({
  code: 'gop_too_long',
  severity: 'warning',
  detail: use.passesThrough
    ? `The source sends a keyframe only every ${rounded(seconds)} seconds: viewers wait that long for their first picture, and so does the way back from an interruption.`
    : `The source sends a keyframe only every ${rounded(seconds)} seconds: after an interruption it takes that long until its picture is back.`,
  fix: fixFor(use, gopFixes),
})

const gopFixes = {
  encoder:
    'Set the keyframe interval to 2 seconds. In OBS: Settings → Output → Streaming → Keyframe Interval, 2 s (0 means that the encoder chooses).',
  fetched:
    'If it is made by you, have it encoded with a keyframe every 2 seconds; with FFmpeg and 30 frames per second: -g 60.',
}

const frameRateUnsteady = (use: SourceUse): Issue => ({
  code: 'frame_rate_unsteady',
  severity: 'info',
  detail: 'The source sends its pictures at uneven distances, so movement may look jerky.',
  fix: fixFor(use, {
    encoder:
      'Set a constant frame rate in the encoder. If it is set, the computer is too slow for it: choose a smaller picture or fewer frames per second.',
    fetched: 'If it is made by you, have it encoded with a constant frame rate.',
  }),
})

const bFrames = (use: SourceUse): Issue => ({
  code: 'b_frames',
  severity: 'info',
  detail: 'The source sends B-frames. They cost low latency: each picture waits for later ones.',
  fix: fixFor(use, {
    encoder: 'Switch B-frames off in the encoder. In OBS: Max B-frames 0, or for x264 the tune “zerolatency”.',
    fetched: 'If it is made by you, have it encoded without B-frames; with FFmpeg: -bf 0.',
  }),
})

const bitrateTooHigh = (kbps: number, use: SourceUse): Issue => ({
  code: 'bitrate_too_high',
  severity: 'warning',
  detail: `The source sends ${megabits(kbps)} Mbit/s, and goes out as it is: viewers on usual lines will see stalls.`,
  fix: fixFor(use, {
    encoder: 'Lower the bit rate in the encoder (6 Mbit/s suit 1080p), or choose a ladder that is encoded here.',
    fetched: 'Choose a ladder that is encoded here, or fetch it in a quality of about 6 Mbit/s.',
  }),
})

const bitrateTooLow = (kbps: number, { width, height }: Video, use: SourceUse): Issue => ({
  code: 'bitrate_too_low',
  severity: 'info',
  detail: `The source sends ${kbps} kbit/s for ${width}×${height} pixels: enough for slides, but what moves is blurred.`,
  fix: fixFor(use, {
    encoder: 'If the picture moves, raise the bit rate in the encoder, or make the picture smaller.',
    fetched: 'If the picture moves, fetch it in a better quality, where there is one.',
  }),
})

const rounded = (seconds: number) => Math.round(seconds * 10) / 10
const megabits = (kbps: number) => (kbps / 1_000).toFixed(kbps < 10_000 ? 1 : 0)
