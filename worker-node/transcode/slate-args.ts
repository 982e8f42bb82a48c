import type { AssetType } from '#schema/asset-types.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { aacFrameSamples } from '../media/sample.ts'
import { audioEncoder, finishPicture, fragmentedMp4, quiet } from './encoders.ts'
import { type Card, cardFilter } from './slate-card.ts'
import { type LoopPlan, peakLimitDb, type SoundPlan, usableSeconds } from './slate-loop-plan.ts'
import { encoderDevices, encoderUpload, videoEncoder } from './video-encoders.ts'

/** Files of a slate in its folder, beside one MP4 for each rendition. */
export const slateFiles = { silence: 'silence.mp4', sound: 'sound.mp4', loop: 'loop.json' } as const

/** AAC frames before and behind the loop of sound, so that its ends were encoded as if it had gone on for ever. */
export const soundMargin = 8

/** A file of somebody's, and what its first bytes say it is. */
export interface SlateFile {
  readonly path: string
  readonly contentType: AssetType
}

/** The command line that writes a card's tracks into its working folder. Exported for tests. */
export function cardArguments(plan: EncodePlan, card: Card): string[] {
  return stillArguments(plan, [], `${cardFilter(card, rateOf(plan))}`)
}

/** The same for a picture: as large as fits, on the card's ground where it is narrower or transparent. */
export function imageArguments(plan: EncodePlan, image: SlateFile): string[] {
  const { width, height } = plan.renditions[0]!
  const graph = [
    `color=c=0x0d131a:s=${width}x${height}:r=${rateOf(plan)},trim=end_frame=1[ground]`,
    `[0:v:0]scale=${width}:${height}:force_original_aspect_ratio=decrease,setsar=1,format=rgba[picture]`,
    '[ground][picture]overlay=(W-w)/2:(H-h)/2:format=auto,trim=end_frame=1',
  ].join(';')
  return stillArguments(plan, strangersFile(image, maxImagePixels), graph)
}

/** A first look at a video: counts its pictures and measures its sound. */
export function measureArguments(plan: EncodePlan, video: SlateFile, sampleRate: number): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info', '-progress', 'pipe:3'],
    ...['-t', usableSeconds(plan).toFixed(3), ...strangersFile(video, maxVideoPixels)],
    ...['-map', '0:v:0', '-map', '0:a:0?', '-vf', clipRate(plan)],
    ...['-af', `${clipSound(plan, sampleRate)},ebur128=peak=true:framelog=verbose`, '-f', 'null', '-'],
  ]
}

/** A second look, at the sound alone: how loud it comes out with this gain. */
export function loudnessArguments(plan: EncodePlan, video: SlateFile, sound: SoundPlan, sampleRate: number): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info'],
    ...['-t', usableSeconds(plan).toFixed(3), ...strangersFile(video, maxVideoPixels), '-map', '0:a:0'],
    ...[
      '-af',
      `${clipSound(plan, sampleRate)},${leveled(sound, sampleRate)},ebur128=framelog=verbose`,
      '-f',
      'null',
      '-',
    ],
  ]
}

/** Writes a video's loop into the working folder. */
export function videoArguments(plan: EncodePlan, video: SlateFile, loop: LoopPlan, sampleRate: number): string[] {
  const branches = plan.renditions.map((_, index) => `[s${index}]`).join('')
  const graph = [
    `[0:v:0]${clipRate(plan)},trim=end_frame=${loop.frames},split=${plan.renditions.length}${branches}`,
    ...plan.renditions.map(
      (rendition, index) => `[s${index}]${finishPicture(rendition, `f${index}`)}${encoderUpload(plan)}[v${index}]`,
    ),
    ...(loop.sound ? [`[0:a:0]${clipSound(plan, sampleRate)},${soundLoop(loop.sound, sampleRate)}[sound]`] : []),
    silentGraph,
  ].join(';')
  return [
    ...[...quiet, '-y', '-progress', 'pipe:3', '-stats_period', '0.5', ...encoderDevices([plan.encoder])],
    ...['-t', usableSeconds(plan).toFixed(3), ...strangersFile(video, maxVideoPixels), '-filter_complex', graph],
    ...pictureOutputs(plan),
    ...(loop.sound ? ['-map', '[sound]', ...audioEncoder(plan), ...fragmentedMp4(slateFiles.sound)] : []),
    ...silentOutput(plan),
  ]
}

function stillArguments(plan: EncodePlan, input: readonly string[], onePicture: string): string[] {
  const branches = plan.renditions.map((_, index) => `[s${index}]`).join('')
  const graph = [
    `${onePicture},split=${plan.renditions.length}${branches}`,
    ...plan.renditions.map(
      (rendition, index) =>
        `[s${index}]${finishPicture(rendition, `f${index}`)},loop=loop=${plan.gopFrames - 1}:size=1,setpts=N${encoderUpload(plan)}[v${index}]`,
    ),
    silentGraph,
  ].join(';')
  return [
    ...quiet,
    '-y',
    ...encoderDevices([plan.encoder]),
    ...input,
    '-filter_complex',
    graph,
    ...pictureOutputs(plan),
    ...silentOutput(plan),
  ]
}

const rateOf = ({ fps }: EncodePlan) => `${fps.num}/${fps.den}`

const pictureOutputs = (plan: EncodePlan) =>
  plan.renditions.flatMap((rendition, index) => [
    ...['-map', `[v${index}]`],
    ...videoEncoder(plan, rendition),
    ...fragmentedMp4(`${rendition.id}.mp4`),
  ])

// Rate and channels are the encoder's affair.
const silentGraph = 'anullsrc=r=48000:cl=stereo:d=0.3[silence]'
const silentOutput = (plan: EncodePlan) => [
  ...['-map', '[silence]', ...audioEncoder(plan), ...fragmentedMp4(slateFiles.silence)],
]

const clipRate = (plan: EncodePlan) => `fps=${rateOf(plan)}:start_time=0`
const clipSound = ({ passthrough }: EncodePlan, sampleRate: number) =>
  `aresample=${sampleRate}:async=1000:first_pts=0,aformat=channel_layouts=${passthrough?.channels === 1 ? 'mono' : 'stereo'}`

/** One lap brought to its loudness, then all laps with margins: the end of the lap before, the beginning of the next. */
function soundLoop(sound: SoundPlan, sampleRate: number): string {
  const { samples, laps } = sound
  const margin = soundMargin * aacFrameSamples
  const begin = samples - (margin % samples)
  return [
    leveled(sound, sampleRate),
    `apad=whole_len=${samples}`,
    `atrim=end_sample=${samples}`,
    `aloop=loop=${laps + Math.ceil((2 * margin) / samples)}:size=${samples}`,
    `atrim=start_sample=${begin}:end_sample=${begin + samples * laps + 2 * margin}`,
    'asetpts=N/SR/TB',
  ].join(',')
}

function leveled({ gainDb, needsLimiter }: SoundPlan, sampleRate: number): string {
  const limit = (10 ** (peakLimitDb / 20)).toFixed(4)
  return [
    `volume=${gainDb.toFixed(2)}dB`,
    // True peaks lie between the samples (ITU-R BS.1770 annex 2): limited at four times the rate.
    ...(needsLimiter
      ? [
          `aresample=${sampleRate * 4}`,
          `alimiter=limit=${limit}:attack=1:release=60:level=disabled`,
          `aresample=${sampleRate}`,
        ]
      : []),
  ].join(',')
}

/** 8192 × 8192: more than any camera's; decoded 256 MiB. */
const maxImagePixels = 67_108_864
/** 4096 × 2304. */
const maxVideoPixels = 9_437_184
/** The largest single piece of memory, bytes. */
const maxAllocation = 536_870_912

const demuxers: Readonly<Record<AssetType, string>> = {
  'image/png': 'png_pipe',
  'image/jpeg': 'jpeg_pipe',
  'image/webp': 'webp_pipe',
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/webm': 'matroska',
}
/** What such files hold in everyday life; the hundreds of other decoders are a stranger's playground. */
const decoders = [
  ...['png', 'mjpeg', 'webp', 'h264', 'hevc', 'mpeg4', 'vp8', 'vp9', 'libvpx-vp9', 'av1', 'libdav1d', 'libaom-av1'],
  ...['prores', 'aac', 'mp3', 'mp3float', 'opus', 'libopus', 'vorbis', 'ac3', 'alac', 'flac'],
  ...['pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_f32le'],
].join(',')

/** The input options for a file that somebody uploaded: one format, few decoders, this one file, and limits. */
const strangersFile = ({ path, contentType }: SlateFile, maxPixels: number) => [
  ...['-max_alloc', String(maxAllocation), '-protocol_whitelist', 'file', '-codec_whitelist', decoders],
  ...['-max_pixels', String(maxPixels), '-max_streams', '16', '-threads', '2'],
  ...['-f', demuxers[contentType], '-i', `file:${path}`],
]
