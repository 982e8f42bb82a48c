import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { type VideoEncoder, videoEncoders } from '#schema/enums.ts'
import type { EncodePlan } from '#schema/plan/plan.ts'
import { transcodeArguments } from '#worker/transcode/args.ts'
import { mediaOutputs } from '#worker/transcode/outputs.ts'
import { cardArguments, videoArguments } from '#worker/transcode/slate-args.ts'
import { layoutCard } from '#worker/transcode/slate-card.ts'
import { encoderDevices, encoderUpload, videoEncoder } from '#worker/transcode/video-encoders.ts'

const rendition = { id: '720p', width: 1280, height: 720, videoBitrateKbps: 2_500 }
const planFor = (encoder: VideoEncoder | undefined, more: Partial<EncodePlan> = {}): EncodePlan => ({
  ...{ fps: { num: 30, den: 1 }, gopFrames: 60, renditions: [rendition], audioBitrateKbps: 128 },
  ...{ ...(encoder && { encoder }), preset: 'veryfast', zeroLatency: true, bFrames: 0, ...more },
})
const words = (encoder: VideoEncoder, more: Partial<EncodePlan> = {}) =>
  videoEncoder(planFor(encoder, more), rendition).join(' ')
const shared = '-g 60 -bf 0 -b:v 2500k -maxrate 2750k -bufsize 2500k'

describe('the words for an encoder', () => {
  it.each<[VideoEncoder, string]>([
    ['software', '-c:v libx264 -preset veryfast -tune zerolatency'],
    [
      'h264_nvenc',
      '-c:v h264_nvenc -preset p4 -tune ull -rc cbr -rc-lookahead 0 -forced-idr 1 -zerolatency 1 -delay 0',
    ],
    [
      'h264_qsv',
      '-c:v h264_qsv -preset veryfast -look_ahead 0 -forced_idr 1 -idr_interval 0 -adaptive_i 0 -adaptive_b 0 -async_depth 1',
    ],
    ['h264_vaapi', '-c:v h264_vaapi -rc_mode VBR -idr_interval 0 -sei 0 -async_depth 1'],
    ['h264_videotoolbox', '-c:v h264_videotoolbox -allow_sw 0 -realtime 1'],
  ])('%s, without delay, are these', (encoder, own) => {
    const tail = encoder === 'software' ? '3.1' : '31 -flags:v +cgop'
    expect(words(encoder)).toMatch(
      new RegExp(`^${own}.* -profile:v main -level:v ${tail.replaceAll('+', '\\+')} ${shared}$`),
    )
  })

  it('hold back nothing where there is time for quality', () => {
    const forQuality = (encoder: VideoEncoder) => words(encoder, { zeroLatency: false })
    expect(forQuality('h264_nvenc')).toMatch(/-tune hq -rc cbr -rc-lookahead 0 -forced-idr 1 -profile:v/)
    for (const encoder of ['h264_qsv', 'h264_vaapi'] as const) expect(forQuality(encoder)).not.toContain('async_depth')
    expect(forQuality('h264_videotoolbox')).not.toContain('realtime')
  })

  it('name levels in the numbers that an encoder knows', () => {
    const levelOf = (encoder: VideoEncoder, width: number, height: number) =>
      /-level:v (\S+)/.exec(videoEncoder(planFor(encoder), { ...rendition, width, height }).join(' '))?.[1]
    expect(levelOf('software', 854, 480)).toBe('3.1')
    expect(levelOf('h264_vaapi', 1920, 1080)).toBe('40')
    expect([levelOf('h264_qsv', 320, 180), levelOf('h264_videotoolbox', 320, 180)]).toEqual(['21', '30'])
  })

  it('open the device that pictures are brought to, once, and leave software without one', () => {
    expect(encoderDevices([undefined, 'h264_vaapi', 'h264_vaapi'])).toEqual([
      ...['-init_hw_device', 'vaapi=gpu', '-filter_hw_device', 'gpu'],
    ])
    expect(encoderDevices([undefined, 'software', 'h264_nvenc'])).toEqual([])
    expect([undefined, 'h264_nvenc', 'h264_vaapi'].map((each) => encoderUpload(planFor(each as VideoEncoder)))).toEqual(
      [...['', ',format=nv12', ',format=nv12,hwupload']],
    )
  })

  it.each(videoEncoders.filter((name) => name !== 'software'))(
    '%s are the same for live pictures and each slate',
    (encoder) => {
      const plan = planFor(encoder)
      const live = transcodeArguments({ kind: 'test-pattern' }, mediaOutputs([plan]), null)
      const card = cardArguments(plan, layoutCard('Back soon', 'A lecture', rendition))
      const file = { path: '/file.mp4', contentType: 'video/mp4' } as const
      const clip = videoArguments(plan, file, { frames: 60, sound: null }, 48_000)
      for (const args of [live, card, clip]) {
        const line = args.join(' ')
        expect(line).toContain(videoEncoder(plan, rendition).join(' '))
        expect(line).toContain(`${encoderUpload(plan)}[v0]`)
        expect(args.indexOf('-filter_hw_device') < args.indexOf('-filter_complex')).toBe(true)
        expect(args.includes('-filter_hw_device')).toBe(encoder === 'h264_vaapi')
      }
    },
  )

  it.each(['h264_nvenc', 'h264_qsv', 'h264_vaapi'] as const)(
    '%s are known to FFmpeg, where it is built with it',
    async (encoder) => {
      const { stdout } = await execa('ffmpeg', ['-hide_banner', '-h', `encoder=${encoder}`])
      if (!stdout.includes('AVOptions')) return
      const args = videoEncoder(planFor(encoder), rendition)
      const own = args.filter((word) => /^-[a-z]/.test(word) && !common.has(word))
      expect(own.filter((option) => !stdout.includes(`  ${option} `))).toEqual([])
    },
  )
})

/** Options of all encoders. */
const common = new Set(['-c:v', '-profile:v', '-level:v', '-flags:v', '-g', '-bf', '-b:v', '-maxrate', '-bufsize'])
