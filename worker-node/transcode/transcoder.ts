import type { Writable } from 'node:stream'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import type { Sample, SampleSink, Track } from '../media/sample.ts'
import { aheadSeconds, normalizes, pipes, type TranscodeInput, transcodeArguments } from './args.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { type FfmpegExit, type FfmpegProcess, startFfmpeg } from './ffmpeg-process.ts'
import { GainRider } from './gain-rider.ts'
import { type Glance, GlanceReader, glancesPerSecond } from './glance.ts'
import { LoudnessMeter, type SoundBlock } from './loudness.ts'
import { NormalizedAudio } from './normalized-audio.ts'
import { type MediaOutput, mediaOutputs } from './outputs.ts'
import { PcmReader } from './pcm-reader.ts'
import { ProgressReader, type TranscodeProgress } from './progress.ts'
import { StandIn } from './stand-in.ts'
import { JpegReader } from './thumbnails.ts'
import { TrackReader } from './track-reader.ts'

export interface TranscodeOptions {
  readonly ffmpeg: FfmpegBinary
  readonly input: TranscodeInput
  /** The viewers' encodes, then the feeds'. */
  readonly plans: readonly [EncodePlan, ...EncodePlan[]]
  /** What the source sends; null assumes a picture and sound. */
  readonly source: Pick<SourceDescription, 'video' | 'audio'> | null
  /** Aborting stops it. */
  readonly signal: AbortSignal
  /** Called once per track, before its first sample. */
  readonly onTrack: (track: Track) => void
  readonly onSample: SampleSink
  /** Each second. */
  readonly onProgress?: (progress: TranscodeProgress) => void
  /** A JPEG of the source, at the first frame and then each five seconds, where it has changed. */
  readonly onSnapshot?: (jpeg: Buffer) => void
  /** Each tenth of a second of sound that goes out; nothing where it is not decoded or made up. */
  readonly onSound?: (block: SoundBlock) => void
  /** Each half second of the source's picture, likewise. */
  readonly onGlance?: (glance: Glance) => void
  /** Sound that goes out as it came is decoded all the same, to measure it: 0.5 % of a core. */
  readonly listens?: boolean
  /** Rides the gain where the plan normalises sound; one of its own unless given. */
  readonly rider?: GainRider
}

export interface Transcode {
  readonly pid: number | undefined
  /** Takes the source's media; null unless the input is `stdin`. Honour `write()` returning false: it holds 4 MiB at most. */
  readonly stdin: Writable | null
  /** Never rejects. */
  readonly exited: Promise<FfmpegExit>
  stop(): Promise<FfmpegExit>
}

/** Starts one FFmpeg that turns any input into the plans' tracks, handed on sample by sample as they are encoded. */
export function startTranscode(options: TranscodeOptions): Transcode {
  const [plan] = options.plans
  const outputs = mediaOutputs(options.plans)
  const progress = new ProgressReader(
    plan.passthrough?.copiesVideo ? null : framesPerSecond(plan.fps),
    (report) => options.onProgress?.(report),
    () => performance.now(),
  )
  let lastSnapshot: Buffer | undefined
  const snapshots = new JpegReader((jpeg) => {
    if (!lastSnapshot?.equals(jpeg)) options.onSnapshot?.(jpeg)
    lastSnapshot = jpeg
  })
  const standIn = new StandIn(options.source ?? { audio: undefined, video: undefined })
  const onSample = (output: MediaOutput, sample: Sample) => {
    if (standIn.isSurplus(output.kind, sample, ffmpeg.stdin?.writableEnded ?? false)) void ffmpeg.stop()
    else for (const { id } of output.tracks) options.onSample(id, sample)
  }
  const onTrack = (output: MediaOutput, track: Track) => {
    for (const planned of output.tracks) options.onTrack({ ...track, ...planned })
  }
  const onSound = (block: SoundBlock) => options.onSound?.(block)
  const dressed = outputs.filter(({ kind, copies }) => kind === 'audio' && !copies)
  const isNormalized = dressed[0] && normalizes(dressed[0].plan, options.source?.audio !== null)
  const rider = options.rider ?? new GainRider()
  const normalized = isNormalized
    ? new NormalizedAudio({ ...options, rider, outputs: dressed, onTrack, onSample, onSound })
    : undefined
  const meter = new LoudnessMeter(onSound)
  const sound = new PcmReader((samples) => meter.push(samples))
  let glanceCount = 0
  const glances = new GlanceReader((glance) => {
    const isRepeated = glanceCount > 0 && glanceCount <= aheadSeconds.glance * glancesPerSecond
    glanceCount++
    if (!isRepeated) options.onGlance?.(glance)
  })
  const sinks: ((chunk: Buffer) => void)[] = []
  sinks[pipes.progress - 3] = (chunk) => progress.push(chunk)
  sinks[pipes.snapshot - 3] = (chunk) => snapshots.push(chunk)
  sinks[pipes.sound - 3] = (chunk) =>
    normalized ? normalized.push(chunk, ffmpeg.outputs[pipes.sound - 3]) : sound.push(chunk)
  sinks[pipes.glance - 3] = (chunk) => glances.push(chunk)
  outputs.forEach((output, index) => {
    const reader = new TrackReader(
      output.tracks[0],
      (track) => onTrack(output, track),
      (_, sample) => onSample(output, sample),
    )
    sinks[pipes.firstMedia + index - 3] = (chunk) => reader.push(chunk)
  })
  const ffmpeg = startFfmpeg({
    ffmpeg: options.ffmpeg,
    args: transcodeArguments(options.input, outputs, options.source),
    stdin: options.input.kind === 'stdin',
    sinks,
    signal: options.signal,
  })
  return normalized ? withEncoder(ffmpeg, normalized) : ffmpeg
}

/** Two processes as one: the second ends after the first, and takes it along where it fails. */
function withEncoder(ffmpeg: FfmpegProcess, normalized: NormalizedAudio): Transcode {
  const { encoder } = normalized
  void encoder.exited.then(() => ffmpeg.stop())
  const exited = ffmpeg.exited.then(async (exit) => {
    normalized.end()
    const encoderExit = await encoder.exited
    return exit.reason === 'ended' ? encoderExit : exit
  })
  return {
    pid: ffmpeg.pid,
    stdin: ffmpeg.stdin,
    exited,
    stop: async () => {
      await Promise.all([ffmpeg.stop(), encoder.stop()])
      return exited
    },
  }
}
