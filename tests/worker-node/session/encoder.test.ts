import { describe, expect, it } from 'vitest'
import type { VideoEncoder } from '#schema/enums.ts'
import { blamesEncoder, byEncodersFault } from '#worker/session/encoder.ts'
import { SessionPlan } from '#worker/session/plan.ts'
import type { FfmpegExit } from '#worker/transcode/ffmpeg-process.ts'
import { bothTracks, jobOf } from '../agent/registry-under-test.ts'

const plannedBy = (encoder: VideoEncoder, ladder = jobOf().ladder) =>
  new SessionPlan(
    () => jobOf({ encoder, ladder }),
    () => [
      { name: 'h264_nvenc', encodeUnits: 10 },
      { name: 'software', encodeUnits: 4 },
    ],
  ).for({ ...bothTracks, video: { ...bothTracks.video!, profile: 'High' } })
const exit = (code: string | null, reason: FfmpegExit['reason'] = 'failed'): FfmpegExit => ({
  ...{ reason, code: 1, stderrTail: '' },
  fault: code === null ? null : { code, detail: 'What FFmpeg said.' },
})

describe('a run that ends although its source lives', () => {
  it.each([
    ['the driver said so', exit('hardware_encoder_failed'), true],
    ['the driver took FFmpeg along', exit(null, 'killed'), true],
    ['nobody knows why', exit('encoder_failed'), true],
    ['FFmpeg went silent in the middle', exit('no_output'), true],
    ['the source can not be read', exit('source_unreadable'), false],
    ['a track of the source is missing', exit('track_missing'), false],
    ['we stopped it', exit(null, 'ended'), false],
  ])('because %s is the fault of its hardware encoder or not', (_, end, isBlamed) => {
    expect(blamesEncoder(plannedBy('h264_nvenc'), end, true)).toBe(isBlamed)
    expect(blamesEncoder(plannedBy('software'), end, true)).toBe(false)
  })

  it('is not, where it never gave anything, or where nothing was encoded', () => {
    expect(blamesEncoder(plannedBy('h264_nvenc'), exit('no_output'), false)).toBe(false)
    const passed = plannedBy('h264_nvenc', { preset: 'source' })
    expect(passed.plans[0].passthrough?.copiesVideo).toBe(true)
    expect(blamesEncoder(passed, exit(null, 'killed'), true)).toBe(false)
  })

  it('names the encoder in its words', () => {
    expect(byEncodersFault(exit('encoder_failed'), 'h264_qsv').fault).toEqual({
      code: 'hardware_encoder_failed',
      detail: 'The hardware encoder h264_qsv failed.',
    })
  })
})
