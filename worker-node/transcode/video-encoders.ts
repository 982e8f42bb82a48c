import type { VideoEncoder } from '#schema/enums.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { h264Level } from './h264-level.ts'
import { peakKbps, rateControl } from './rate-control.ts'
import { isTunedForScreens, screenParameters, screenThreads } from './screen-tuning.ts'

/** How FFmpeg is told to encode with one kind of encoder. */
interface EncoderArguments {
  /** Before the inputs: opens the device. */
  readonly device: readonly string[]
  /** At the end of the chain of filters: brings pictures to the device. */
  readonly upload: string
  readonly codec: (plan: EncodePlan) => readonly string[]
}

/**
 * All make constant, closed groups of pictures of H.264, the keyframes IDR pictures, forced ones too, at a bit rate that is
 * held within a second. `zeroLatency`: nothing looks ahead, nothing is held back. Options: FFmpeg's documentation of each
 * codec (`ffmpeg -h encoder=h264_nvenc`) and, where that is silent, libavcodec/{nvenc,qsvenc,vaapi_encode,videotoolboxenc}.c.
 * `+cgop`, which x264 needs no telling: makes Quick Sync's groups strict, and VAAPI's and VideoToolbox's closed.
 */
const encoders: Readonly<Record<VideoEncoder, EncoderArguments>> = {
  software: {
    ...{ device: [], upload: '' },
    codec: ({ preset, zeroLatency, gopFrames }) => [
      ...['-c:v', 'libx264', '-preset', preset, ...(zeroLatency ? ['-tune', 'zerolatency'] : [])],
      ...['-keyint_min', String(gopFrames), '-sc_threshold', '0'],
    ],
  },
  h264_nvenc: {
    ...{ device: [], upload: 'format=nv12' },
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_nvenc', '-preset', 'p4', '-tune', zeroLatency ? 'ull' : 'hq', '-rc', 'cbr'],
      ...['-rc-lookahead', '0', '-forced-idr', '1', ...(zeroLatency ? ['-zerolatency', '1', '-delay', '0'] : [])],
    ],
  },
  h264_qsv: {
    ...{ device: [], upload: 'format=nv12' },
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_qsv', '-preset', 'veryfast', '-look_ahead', '0', '-forced_idr', '1', '-idr_interval', '0'],
      ...['-adaptive_i', '0', '-adaptive_b', '0', ...(zeroLatency ? ['-async_depth', '1'] : [])],
    ],
  },
  h264_vaapi: {
    // Without a path FFmpeg takes the first render node that it can open.
    device: ['-init_hw_device', 'vaapi=gpu', '-filter_hw_device', 'gpu'],
    upload: 'format=nv12,hwupload',
    codec: ({ zeroLatency }) => [
      // In CBR some drivers pad with filler. Timing SEI would write the bit rate into the parameter sets.
      ...['-c:v', 'h264_vaapi', '-rc_mode', 'VBR', '-idr_interval', '0', '-sei', '0'],
      ...(zeroLatency ? ['-async_depth', '1'] : []),
    ],
  },
  h264_videotoolbox: {
    ...{ device: [], upload: 'format=nv12' },
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_videotoolbox', '-allow_sw', '0', ...(zeroLatency ? ['-realtime', '1'] : [])],
    ],
  },
}

/** Options before the inputs of a command that encodes with these; undefined is software. */
export function encoderDevices(used: readonly (VideoEncoder | undefined)[]): string[] {
  return [...new Set(used)].flatMap((encoder = 'software') => encoders[encoder].device)
}

/** Ends a chain of filters before the encoder of a plan; empty where that takes pictures as they are. */
export function encoderUpload(plan: EncodePlan): string {
  const { upload } = encoders[encoderOf(plan)]
  return upload && `,${upload}`
}

/** The output options of one rendition's pictures. */
export function videoEncoder(plan: EncodePlan, rendition: Rendition): string[] {
  const kbps = rendition.videoBitrateKbps
  const encoder = encoderOf(plan)
  const level = h264Level(rendition.width, rendition.height, framesPerSecond(plan.fps), peakKbps(kbps))
  return [
    ...encoders[encoder].codec(plan),
    ...['-profile:v', plan.passthrough?.profile ?? 'main', '-level:v', levelFor(encoder, level)],
    ...(encoder === 'software' ? [] : ['-flags:v', '+cgop']),
    ...['-g', String(plan.gopFrames), '-bf', String(plan.bFrames)],
    ...(encoder === 'software' ? x264Tuning(plan, rendition) : []),
    ...rateControl(plan, kbps),
  ]
}

function x264Tuning(plan: EncodePlan, rendition: Rendition): string[] {
  const isForScreens = isTunedForScreens(plan)
  const parameters = [...(isForScreens ? screenParameters(plan) : []), ...(plan.constantBitrate ? ['filler=1'] : [])]
  return [
    ...(parameters.length > 0 ? ['-x264-params', parameters.join(':')] : []),
    ...(isForScreens ? ['-threads', String(screenThreads(plan, rendition))] : []),
  ]
}

/**
 * x264 takes a level as people write it. For others that is one of their own names or else a whole number, `level_idc`:
 * Quick Sync would take 3.1 for 3, VAAPI 3.0 for 3, which mean something else. VideoToolbox knows none of Main under 3.
 */
function levelFor(encoder: VideoEncoder, level: string): string {
  if (encoder === 'software') return level
  const levelIdc = Math.round(Number(level) * 10)
  return String(encoder === 'h264_videotoolbox' ? Math.max(30, levelIdc) : levelIdc)
}

const encoderOf = ({ encoder = 'software' }: EncodePlan): VideoEncoder => encoder
