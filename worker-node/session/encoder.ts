import type { Issue } from '#schema/contracts/live-stream.ts'
import type { VideoEncoder } from '#schema/enums.ts'
import type { FfmpegExit } from '../transcode/ffmpeg-process.ts'
import type { PlannedSession } from './plan.ts'

/** Why FFmpeg may end by itself whatever encodes. */
const otherFaults: ReadonlySet<string | undefined> = new Set([
  ...['source_unreadable', 'track_missing', 'disk_full', 'filter_missing', 'font_missing', 'output_unreadable'],
])

/**
 * Whether a run that ended although its source lives did so by a fault of its hardware encoder. A driver that crashes takes
 * FFmpeg along; one that hangs lets it go silent after it has given something.
 */
export function blamesEncoder({ encoder, plans }: PlannedSession, exit: FfmpegExit, gaveMedia: boolean): boolean {
  if (encoder === 'software' || plans.every((plan) => plan.encoder === undefined) || exit.reason === 'ended')
    return false
  const code = exit.fault?.code
  return code === 'no_output' ? gaveMedia : !otherFaults.has(code)
}

/** The same end of a run, in words that say whose fault it is. */
export const byEncodersFault = (exit: FfmpegExit, encoder: VideoEncoder): FfmpegExit => ({
  ...exit,
  fault: { code: hardwareFault, detail: `The hardware encoder ${encoder} failed.` },
})

/** Code of what FFmpeg says of a hardware encoder: see classify.ts. */
export const hardwareFault = 'hardware_encoder_failed'

/** For as long as software encodes in its place. */
export const fellBack = (encoder: VideoEncoder): Issue => ({
  code: 'encoder_fell_back',
  severity: 'warning',
  detail: `The hardware encoder ${encoder} failed while this stream was on, so x264 on the CPU encodes it from here on.`,
  fix: 'Look at the hardware and its driver on the worker, whose log says what FFmpeg said. Once it passes its test again, the next broadcast has it.',
})

/** Until its pictures go out again. */
export const failsWithoutFallback = (encoder: VideoEncoder): Issue => ({
  code: 'encoder_failed_no_fallback',
  severity: 'error',
  detail: `The hardware encoder ${encoder} fails, and x264 may not take its place: the slate stays. It is tried again and again.`,
  fix: 'Look at the hardware and its driver on the worker, whose log says what FFmpeg said. Or switch `no_software_fallback` off: x264 then encodes this stream.',
})
