import type { Issue, LiveStream, SessionSample } from '#schema/contracts/live-stream.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { LatencyMode, StreamStatus } from '#schema/enums.ts'
import { bitrateWords, fpsWords } from './figures.ts'

/** How a state looks: on air, ready to be, on its way, needs an eye, or at rest. */
export type Tone = 'live' | 'ready' | 'busy' | 'warning' | 'error' | 'rest'

export interface StateWords {
  readonly label: string
  readonly tone: Tone
}

const states: Readonly<Record<StreamStatus, StateWords>> = {
  disabled: { label: 'Switched off', tone: 'rest' },
  idle: { label: 'Not live', tone: 'rest' },
  connecting: { label: 'Starting', tone: 'busy' },
  active: { label: 'Live', tone: 'live' },
  reconnecting: { label: 'Reconnecting', tone: 'warning' },
}

/** A state in a word or two, where no more is known of the stream. */
export const statusWords = (status: StreamStatus): string => states[status].label

/** Workers look for work every few seconds: who waits for longer finds no room. Milliseconds. */
export const takenWithinMs = 5_000

/** Whether it has just been switched on, and a worker is about to take it. */
export const isAboutToStart = ({ status, status_reason, status_since }: LiveStream): boolean =>
  status === 'idle' &&
  status_reason === 'no_capacity' &&
  Math.abs(Date.now() - Date.parse(status_since)) < takenWithinMs

/** The state of a live stream in a word or two. */
export function streamState(stream: LiveStream): StateWords {
  const { status, status_reason } = stream
  if (isAboutToStart(stream)) return states.connecting
  if (status === 'idle' && status_reason === 'no_capacity') return { label: 'Waiting for a worker', tone: 'busy' }
  // An always-on stream that nothing has fed yet.
  if (status === 'reconnecting' && status_reason === 'waiting_for_source')
    return { label: 'Showing the slate', tone: 'warning' }
  return states[status]
}

/** Why, and what to do; null where the state says it all. */
export function streamAdvice(stream: LiveStream): string | null {
  const { status, status_reason, status_detail, inputs } = stream
  if (isAboutToStart(stream)) return 'A worker takes it in a moment.'
  if (status === 'idle' && status_reason === 'waiting_for_source' && isFedByEncoders({ inputs }))
    return 'Start streaming in OBS or another encoder: it goes live by itself. Or go live from here, in this browser.'
  if (status === 'idle' && status_reason === 'waiting_for_source')
    return 'It goes live by itself as soon as a picture comes.'
  if (status === 'idle' && status_reason === 'worker_stopping' && isFedByEncoders({ inputs }))
    return 'Its worker was stopped. It goes on by itself as soon as your encoder connects again.'
  // What an operator ordered a moment ago stands here too.
  return status === 'active' && status_detail === 'On air.' ? null : status_detail
}

/** When the broadcast ends unless the source comes back, RFC 3339; null where it does not end. */
export const endsAt = ({ status, status_since, always_on, reconnect_window }: LiveStream): string | null =>
  status === 'reconnecting' && !always_on
    ? new Date(Date.parse(status_since) + reconnect_window * 1000).toISOString()
    : null

/** Whether it waits for encoders and fetches nothing by itself. */
export const isFedByEncoders = ({ inputs }: Pick<LiveStream, 'inputs'>): boolean =>
  inputs.every(({ type }) => type === 'push')

/** Whether there is a broadcast to see. */
export const isOnAir = ({ status }: Pick<LiveStream, 'status'>): boolean =>
  status === 'active' || status === 'reconnecting'

/** What a source sends: `H.264 High · 1280 × 720 · 30 fps · keyframe every 2 s · AAC 48 kHz stereo · 2.5 Mbit/s · OBS`. */
export function sourceWords(source: SourceDescription): string {
  const { video, audio, encoder, protocol } = source
  return [
    ...(video
      ? [
          ...named(codecName(video.codec), video.profile ?? ''),
          `${video.width} × ${video.height}`,
          ...(video.fps ? [fpsWords(video.fps)] : []),
          ...(video.keyframe_interval_s ? [`keyframe every ${Number(video.keyframe_interval_s.toFixed(1))} s`] : []),
        ]
      : ['no picture']),
    ...(audio
      ? named(codecName(audio.codec), `${audio.sample_rate / 1000} kHz`, channelWords(audio.channels))
      : ['no sound']),
    ...(source.bitrate_kbps ? [bitrateWords(source.bitrate_kbps)] : []),
    ...(encoder ? [encoder] : protocol === 'test' ? ['test picture'] : []),
  ].join(' · ')
}

/** What is wrong with the pace, in words; null while all is well. An encoder can't be faster than what it is given. */
export function paceWords({ speed, lateness_ms }: SessionSample, issues: readonly Issue[]): string | null {
  const isSourceSlow = issues.some(({ code }) => code === 'source_too_slow')
  if (speed !== null && speed < slowBelow)
    return `${isSourceSlow ? 'Arriving' : 'Encoding'} at ${Math.floor(speed * 100)} % of real time`
  return lateness_ms > lateAboveMs ? `${(lateness_ms / 1000).toFixed(1)} s late` : null
}

/** How loud the programme is: `Good: −16.2 LUFS, now −18.0`; null while nothing is measured. */
export function loudnessWords({
  loudness_integrated_lufs: whole,
  loudness_momentary_lufs: now,
}: SessionSample): string | null {
  if (whole === null) return null
  const verdict = whole < quietBelowLufs ? 'Quiet' : whole > loudAboveLufs ? 'Loud' : 'Good'
  return `${verdict}: ${lufs(whole)} LUFS${now === null ? '' : `, now ${lufs(now)}`}`
}

const lufs = (value: number) => value.toFixed(1).replace('-', '−')
/** Viewers reach for the volume outside of these; −16 LUFS is what streams are made for. */
const quietBelowLufs = -24
const loudAboveLufs = -12

/** Encoding speed under which viewers will see stalls soon. */
const slowBelow = 0.95
/** Lateness that a healthy stream never has, milliseconds. */
const lateAboveMs = 2_000

/** The sizes that viewers can choose from: `720p 2.5 Mbit/s`. */
export const renditionWords = ({ renditions }: LiveStream): string[] =>
  renditions.map(({ name, video_bitrate_kbps }) => `${name} ${bitrateWords(video_bitrate_kbps)}`)

/** What each latency mode means to somebody who has to choose. */
export const latencyWords: Readonly<Record<LatencyMode, { readonly label: string; readonly sentence: string }>> = {
  low_latency: {
    label: 'Low latency',
    sentence: 'About one second behind you. For talking with viewers; needs a steady line.',
  },
  tutorial: {
    label: 'Tutorial',
    sentence: 'About three seconds behind you. Text stays sharp; right for lessons and most streams.',
  },
  high_quality: {
    label: 'High quality',
    sentence: 'About fifteen seconds behind you. The best picture, where delay does not matter.',
  },
}

/** How long the slate may hold a broadcast, seconds. */
export const reconnectWindows: readonly (readonly [seconds: number, words: string])[] = [
  [0, 'End at once'],
  [10, '10 seconds'],
  [30, '30 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [3_600, '1 hour'],
]

/** What viewers get, as an operator chooses it; `custom` comes from the API. */
export function ladderWords(preset: LiveStream['ladder']['preset']): string {
  if (preset === 'auto') return 'Several sizes, as fits the source and the machine'
  if (preset === 'source') return 'The source as it comes, without encoding'
  return preset === 'custom' ? 'The sizes that were set by the API' : `${preset} and smaller`
}

/** By the first part of what RFC 6381 calls them. */
const codecNames: Readonly<Record<string, string>> = {
  avc1: 'H.264',
  h264: 'H.264',
  hevc: 'HEVC',
  hvc1: 'HEVC',
  hev1: 'HEVC',
  av1: 'AV1',
  vp8: 'VP8',
  vp9: 'VP9',
  mp4a: 'AAC',
  aac: 'AAC',
  opus: 'Opus',
  mp3: 'MP3',
  // What is not encoded has no codec to name.
  raw: '',
}
const codecName = (codec: string) => codecNames[codec.split('.')[0] ?? ''] ?? codec
/** Words that make one, without those that say nothing. */
const named = (...words: string[]): string[] => {
  const known = words.filter((word) => word !== '').join(' ')
  return known === '' ? [] : [known]
}
const channelWords = (channels: number) =>
  channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`
