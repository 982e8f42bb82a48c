import { describe, expect, it } from 'vitest'
import { described, ffmpeg, smallPlan } from '#tests/support/transcode-run.ts'
import { imageArguments, loudnessArguments, measureArguments, videoArguments } from '#worker/transcode/slate-args.ts'
import { planLoop } from '#worker/transcode/slate-loop-plan.ts'

const plan = smallPlan(described())
const loop = planLoop(plan, 48_000, { frames: 80, sound: { integratedLufs: -20, truePeakDb: 0 } })
const video = { path: '/state/assets/abc', contentType: 'video/webm' } as const
const lines: readonly (readonly [string, readonly string[]])[] = [
  ['of a picture', imageArguments(plan, { path: '/state/assets/abc', contentType: 'image/jpeg' })],
  ['that looks at a video', measureArguments(plan, video, 48_000)],
  ['that listens to a video', loudnessArguments(plan, video, loop.sound!, 48_000)],
  ['that encodes a video', videoArguments(plan, video, loop, 48_000)],
]
const following = (args: readonly string[], option: string) => args[args.indexOf(option) + 1]

describe.each(lines)('the command line %s', (_, args) => {
  it('reads one local file as one format, with few decoders and within limits', () => {
    expect(args.filter((word) => word === '-i')).toHaveLength(1)
    expect(following(args, '-i')).toBe('file:/state/assets/abc')
    expect(following(args, '-protocol_whitelist')).toBe('file')
    expect(args[args.indexOf('-i') - 2]).toBe('-f')
    expect(args[args.indexOf('-i') - 1]).toMatch(/^(jpeg_pipe|matroska)$/)
    expect(following(args, '-codec_whitelist')).not.toMatch(/gif|svg|ass|subrip|concat/)
    for (const option of ['-max_alloc', '-max_pixels', '-max_streams'])
      expect(Number(following(args, option))).toBeGreaterThan(0)
    expect(args.indexOf('-max_pixels')).toBeLessThan(args.indexOf('-i'))
    expect(args).toContain('-nostdin')
  })
})

describe('FFmpeg for strangers’ files', () => {
  it('has its memory, its time and its files bounded, and gives way to live encodes', async () => {
    const { confinement = [] } = await ffmpeg
    expect(confinement.join(' ')).toMatch(/^prlimit --as=\d+ --cpu=\d+ --fsize=\d+ --core=0 -- nice -n 10$/)
  })
})
