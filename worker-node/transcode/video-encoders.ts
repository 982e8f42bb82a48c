import type { VideoEncoder } from '#schema/enums.ts'
import { framesPerSecond } from '#schema/plan/frame-rate.ts'
import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { h264Level } from './h264-level.ts'

/** How FFmpeg is told to encode with one kind of encoder. */
interface EncoderArguments {
  /** Before the inputs: opens the device. */
  readonly device: readonly string[]
  /** At the end of the chain of filters: brings pictures to the device. */
  readonly upload: string
  readonly codec: (plan: EncodePlan) => readonly string[]
}

/**
 * All make constant groups of pictures of H.264, the keyframes IDR pictures, forced ones too, at a bit rate that is held
 * within a second. `zeroLatency`: nothing looks ahead, nothing is held back. Options: FFmpeg's documentation of each codec
 * (`ffmpeg -h encoder=h264_nvenc`).
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
    ...{ device: [], upload: '' },
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_nvenc', '-preset', 'p4', '-tune', zeroLatency ? 'ull' : 'hq', '-rc', 'cbr'],
      ...['-no-scenecut', '1', '-forced-idr', '1', ...(zeroLatency ? ['-zerolatency', '1', '-delay', '0'] : [])],
    ],
  },
  h264_qsv: {
    ...{ device: [], upload: '' },
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_qsv', '-preset', 'veryfast', '-forced_idr', '1', '-adaptive_i', '0'],
      ...(zeroLatency ? ['-async_depth', '1', '-low_delay_brc', '1'] : []),
    ],
  },
  h264_vaapi: {
    device: ['-vaapi_device', '/dev/dri/renderD128'],
    upload: 'format=nv12,hwupload',
    codec: ({ zeroLatency }) => [
      ...['-c:v', 'h264_vaapi', '-rc_mode', 'CBR', '-idr_interval', '0'],
      ...(zeroLatency ? ['-async_depth', '1'] : []),
    ],
  },
  h264_videotoolbox: {
    ...{ device: [], upload: '' },
    codec: ({ zeroLatency }) => [
      '-c:v',
      'h264_videotoolbox',
      '-allow_sw',
      '0',
      ...(zeroLatency ? ['-realtime', '1'] : []),
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
  const peakKbps = Math.round(kbps * 1.1)
  return [
    ...encoders[encoderOf(plan)].codec(plan),
    ...['-profile:v', plan.passthrough?.profile ?? 'main'],
    ...['-level:v', h264Level(rendition.width, rendition.height, framesPerSecond(plan.fps), peakKbps)],
    ...['-g', String(plan.gopFrames), '-bf', String(plan.bFrames)],
    ...['-b:v', `${kbps}k`, '-maxrate', `${peakKbps}k`, '-bufsize', `${kbps}k`],
  ]
}

const encoderOf = ({ encoder = 'software' }: EncodePlan): VideoEncoder => encoder
