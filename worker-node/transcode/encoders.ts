import type { Rendition } from '#schema/plan/ladder.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { audioTimescale, videoTimescale } from '../media/sample.ts'
import { upscalers } from './upscaler.ts'

/** Options before everything else, for every FFmpeg that Weir runs. */
export const quiet = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning'] as const

/**
 * The end of every chain before an encoder. Size, aspect ratio and colour are part of the parameter sets: live and
 * slate pass through the same words, so that their `avcC` is equal. `name` makes the chain's inner labels its own.
 */
export function finishPicture({ width, height, framing, upscaler }: Rendition, name: string): string {
  const size = `${width}:${height}`
  const scaler = upscaler ? `:${upscalers[upscaler].scaleOptions}` : ''
  const fit = `scale=${size}:force_original_aspect_ratio=decrease:out_range=tv${scaler}`
  const fill = `force_original_aspect_ratio=increase`
  const framed = {
    none: `${fit},pad=${size}:-1:-1`,
    crop: `scale=${size}:${fill}:out_range=tv${scaler},crop=${size}`,
    // The ground is blurred small, which costs a sixteenth.
    blur: [
      `split[${name}a][${name}b]`,
      `[${name}a]scale=${(width >> 3) << 1}:${(height >> 3) << 1}:${fill}:out_range=tv,crop=${(width >> 3) << 1}:${(height >> 3) << 1},boxblur=6:2,scale=${size}[${name}c]`,
      `[${name}b]${fit}[${name}d]`,
      `[${name}c][${name}d]overlay=(W-w)/2:(H-h)/2`,
    ].join(';'),
  }[framing ?? 'none']
  return [
    framed,
    'format=yuv420p',
    'setsar=1',
    'setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709',
  ].join(',')
}

export function audioEncoder(plan: EncodePlan): string[] {
  const { sampleRate, channels } = plan.passthrough ?? { sampleRate: audioTimescale, channels: 2 }
  return ['-c:a', 'aac', '-b:a', `${plan.audioBitrateKbps}k`, '-ar', String(sampleRate), '-ac', String(channels)]
}

/**
 * One fragment per frame. `frag_discont` with the offset of 10 s keeps the outputs on one clock: without the whole
 * set each restarts at 0 and sound and picture drift apart by the encoder's priming.
 */
export function fragmentedMp4(
  output: string,
  moov: '+empty_moov' | '+delay_moov' = '+empty_moov',
  format: 'mp4' | 'mov' = 'mp4',
): string[] {
  return [
    ...['-f', format, '-movflags', `${moov}+default_base_moof+frag_every_frame+frag_discont+skip_trailer`],
    ...['-use_editlist', '0', '-avoid_negative_ts', 'disabled', '-output_ts_offset', '10'],
    ...['-video_track_timescale', String(videoTimescale)],
    ...['-flush_packets', '1', '-muxdelay', '0', '-muxpreload', '0', output],
  ]
}
