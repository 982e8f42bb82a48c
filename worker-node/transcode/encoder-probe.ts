import type { EncoderCapacity } from '#schema/contracts/worker.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { readParameterSets } from '../media/avc-config.ts'
import type { Sample, Track } from '../media/sample.ts'
import { finishPicture, fragmentedMp4, quiet } from './encoders.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { startFfmpeg } from './ffmpeg-process.ts'
import { TrackReader } from './track-reader.ts'
import { encoderDevices, encoderUpload, videoEncoder } from './video-encoders.ts'

export type HardwareEncoder = Exclude<VideoEncoder, 'software'>

/** A second of pictures that are seen at once, and one to see the next group of pictures begin. */
const probeFrames = 61
const gopFrames = 30
/** A keyframe that is asked for out of turn, as where a run begins: see args.ts. */
const forcedFrame = 12
/** A driver that hangs is none, milliseconds. */
const patienceMs = 10_000
/** What of the measured speed is planned with: the end of the pipe waits for others at times. */
const plannedShare = 0.85

export type Probe = { readonly capacity: EncoderCapacity } | { readonly reason: string }

/**
 * Whether an encoder does here what it is wanted for, and how fast: it encodes two seconds of 1080p30 by the same words as
 * a live stream's. Gives the reason, a sentence, where it does not. Never rejects.
 */
export async function probeEncoder(ffmpeg: FfmpegBinary, encoder: HardwareEncoder): Promise<Probe> {
  const taken: Taken = { track: undefined, samples: [], firstMs: 0, lastMs: 0 }
  const reader = new TrackReader(
    { id: encoder, bitrate: 0, frameDuration: 3_000 },
    (track) => {
      taken.track = track
    },
    (_, sample) => {
      taken.lastMs = performance.now()
      if (taken.samples.length === 0) taken.firstMs = taken.lastMs
      taken.samples.push(sample)
    },
  )
  const patience = AbortSignal.timeout(patienceMs)
  const { exited } = startFfmpeg({
    ffmpeg,
    args: probeArguments(encoder),
    stdin: false,
    sinks: [(chunk) => reader.push(chunk)],
    signal: patience,
  })
  const { reason, code, fault, stderrTail } = await exited
  if (patience.aborted) return { reason: `It did not answer within ${patienceMs / 1_000} seconds.` }
  if (reason !== 'ended' || code !== 0)
    return { reason: lastError(stderrTail) ?? fault?.detail ?? 'FFmpeg was killed.' }
  const problem = problemOf(taken)
  if (problem) return { reason: problem }
  const framesPerSecond = ((probeFrames - 1) * 1_000) / Math.max(1, taken.lastMs - taken.firstMs)
  const units = Math.round((framesPerSecond / 30) * plannedShare * 100) / 100
  return { capacity: { name: encoder, encode_units: units } }
}

/** The command line of the test, without the program. */
export function probeArguments(encoder: HardwareEncoder): string[] {
  const rendition: Rendition = { id: '1080p', width: 1920, height: 1080, videoBitrateKbps: 4_500 }
  const plan: EncodePlan = {
    ...{ fps: { num: 30, den: 1 }, gopFrames, renditions: [rendition], audioBitrateKbps: 128 },
    ...{ encoder, preset: 'veryfast', zeroLatency: true, bFrames: 0 },
  }
  // Four pictures over and over: making new ones would take longer than encoding them.
  const pictures = 'testsrc2=s=1920x1080:r=30,trim=end_frame=4,loop=loop=-1:size=4,setpts=N/30/TB'
  return [
    ...[...quiet, ...encoderDevices([encoder]), '-filter_complex'],
    `${pictures},${finishPicture(rendition, 'f')}${encoderUpload(plan)}[v]`,
    ...['-map', '[v]', ...videoEncoder(plan, rendition), '-force_key_frames', `expr:eq(n,${forcedFrame})`],
    ...['-frames:v', String(probeFrames), ...fragmentedMp4('pipe:3')],
  ]
}

interface Taken {
  track: Track | undefined
  readonly samples: Sample[]
  firstMs: number
  lastMs: number
}

/** What of a live stream's encode it does not keep to. */
function problemOf({ track, samples }: Taken): string | undefined {
  if (track?.kind !== 'video' || samples.length < probeFrames) return 'It made too few pictures.'
  if (!readParameterSets(track.decoderConfig)) return 'It gives no parameter sets before its pictures.'
  if (samples.some(({ compositionOffset }) => compositionOffset !== samples[0]?.compositionOffset))
    return 'It changes the order of pictures although it was told not to.'
  const keyframes = samples.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))
  const distances = [...keyframes, probeFrames].map((at, index) => at - (keyframes[index - 1] ?? 0))
  if (!keyframes.includes(0) || !keyframes.includes(forcedFrame) || distances.some((each) => each > gopFrames))
    return 'It does not make keyframes where it is told to.'
  if (!keyframes.every((index) => isIdr(samples[index]!.payload))) return 'Its keyframes are no IDR pictures.'
  return undefined
}

/** Whether the first slice of an access unit is one of an IDR picture (ITU-T H.264 table 7-1). */
function isIdr(payload: Uint8Array): boolean {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let at = 0; at + 5 <= payload.length; at += 4 + view.getUint32(at)) {
    const type = view.getUint8(at + 4) & 0x1f
    if (type >= 1 && type <= 5) return type === 5
  }
  return false
}

/** The last thing that FFmpeg called an error; its names of objects say nothing. */
function lastError(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => /\[(error|fatal)\]/.test(line))
  const [first] = lines.filter((line) => / @ 0x/.test(line))
  return (first ?? lines[0])?.replace(/^(\[.*?\] )*/, '').slice(0, 200)
}
