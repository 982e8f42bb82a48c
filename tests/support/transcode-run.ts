import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Ladder } from '#schema/contracts/ladder.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { LatencyMode } from '#schema/enums.ts'
import { type EncodePlan, planEncode } from '#schema/plan/plan.ts'
import { initSegment } from '#worker/media/init-segment.ts'
import { fragmentHeader } from '#worker/media/movie-fragment.ts'
import type { Sample, Track } from '#worker/media/sample.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import type { FfmpegExit } from '#worker/transcode/ffmpeg-process.ts'
import type { Glance } from '#worker/transcode/glance.ts'
import type { SoundBlock } from '#worker/transcode/loudness.ts'
import { startTranscode } from '#worker/transcode/transcoder.ts'

/** FFmpeg as the worker finds it, once per test file. */
export const ffmpeg: Promise<FfmpegBinary> = findFfmpeg()

interface Wanted {
  width?: number
  height?: number
  fps?: number | null
  video?: boolean
  audio?: boolean
}

/** What an RTMP source would say of itself. */
export function described({ width = 320, height = 180, fps = 25, video = true, audio = true }: Wanted = {}) {
  const description: SourceDescription = {
    protocol: 'rtmp',
    video: video
      ? { codec: 'h264', profile: 'Main', width, height, fps, keyframe_interval_s: null, b_frames: null }
      : null,
    audio: audio ? { codec: 'aac', sample_rate: 48_000, channels: 2 } : null,
    bitrate_kbps: null,
    encoder: null,
  }
  return description
}

/** A cheap plan of small pictures: the heights named, largest first. */
export function smallPlan(
  source: SourceDescription,
  { heights = [180, 120], latencyMode = 'tutorial' as LatencyMode } = {},
): EncodePlan {
  const ladder: Ladder = { preset: 'custom', renditions: heights.map((height) => ({ height })) }
  return planEncode({ latencyMode, ladder, encoderPreset: 'ultrafast', source, encodeUnits: 100 }).plan
}

/** Everything that a transcode gave. */
export interface TranscodeRun {
  readonly plan: EncodePlan
  readonly tracks: ReadonlyMap<string, Track>
  readonly samples: ReadonlyMap<string, readonly Sample[]>
  readonly snapshots: readonly Buffer[]
  readonly blocks: readonly SoundBlock[]
  readonly glances: readonly Glance[]
  readonly exit: FfmpegExit
}

/** Feeds an FLV file to a transcode, as fast as it takes it, and waits for the end. */
export async function transcodeFile(
  file: string,
  plan: EncodePlan,
  source: SourceDescription,
  feeds: readonly EncodePlan[] = [],
): Promise<TranscodeRun> {
  const tracks = new Map<string, Track>()
  const samples = new Map<string, Sample[]>()
  const snapshots: Buffer[] = []
  const blocks: SoundBlock[] = []
  const glances: Glance[] = []
  const transcode = startTranscode({
    ...{ ffmpeg: await ffmpeg, input: { kind: 'stdin', format: 'flv' }, plans: [plan, ...feeds], source },
    signal: AbortSignal.timeout(30_000),
    onTrack: (track) => {
      if (tracks.has(track.id)) throw new Error(`${track.id} was announced twice`)
      tracks.set(track.id, track)
      samples.set(track.id, [])
    },
    onSample: (trackId, sample) => samples.get(trackId)!.push(sample),
    onSnapshot: (jpeg) => snapshots.push(jpeg),
    onSound: (block) => blocks.push(block),
    onGlance: (glance) => glances.push(glance),
  })
  createReadStream(file).pipe(transcode.stdin!)
  return { plan, tracks, samples, snapshots, blocks, glances, exit: await transcode.exited }
}

/** Writes samples of a track as a fragmented MP4 file that players and FFmpeg read. */
export async function writeTrack(file: string, track: Track, samples: readonly Sample[]): Promise<void> {
  const fragments = samples.flatMap((sample, index) => [fragmentHeader(track, [sample], index + 1), sample.payload])
  await writeFile(file, Buffer.concat([initSegment(track), ...fragments]))
}
