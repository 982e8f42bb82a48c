import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeNvenc } from '#tests/support/fake-nvenc.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { type HardwareEncoder, probeArguments, probeEncoder } from '#worker/transcode/encoder-probe.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'

let programs: ProgramFolder
beforeAll(async () => {
  programs = await ProgramFolder.create()
})
afterAll(() => programs.remove())

const all: readonly HardwareEncoder[] = ['h264_nvenc', 'h264_qsv', 'h264_vaapi', 'h264_videotoolbox']

describe('the test of a hardware encoder', () => {
  it("answers for each of them with this machine's own FFmpeg, and says why where it is no", async () => {
    const ffmpeg = await findFfmpeg()
    const answers = await Promise.all(all.map((encoder) => probeEncoder(ffmpeg, encoder)))
    for (const answer of answers)
      expect(answer).toEqual(
        'capacity' in answer
          ? { capacity: { name: expect.any(String), encode_units: expect.any(Number) } }
          : { reason: expect.stringMatching(/\w{4}/) },
      )
    // The devices that the kernel shows decide, where FFmpeg is built for all of them.
    if (process.platform === 'linux') expect(answers[3]).toHaveProperty('reason')
  })

  it('passes an encoder that keeps to what it is told, with what it does in real time', async () => {
    const { ffmpeg, fail } = await fakeNvenc(programs)
    const answer = await probeEncoder(ffmpeg, 'h264_nvenc')
    expect(answer).toEqual({ capacity: { name: 'h264_nvenc', encode_units: expect.any(Number) } })
    expect('capacity' in answer && answer.capacity.encode_units).toBeGreaterThan(0)
    await fail()
    expect(await probeEncoder(ffmpeg, 'h264_nvenc')).toEqual({
      reason: 'OpenEncodeSessionEx failed: unsupported device (2): (no details)',
    })
  })

  it.each([
    [
      'makes no keyframe that is asked for',
      '-force_key_frames expr:0',
      'It does not make keyframes where it is told to.',
    ],
    ['changes the order of pictures', '-bf 2', 'It changes the order of pictures although it was told not to.'],
  ])('fails one that %s', async (_, option, reason) => {
    const { ffmpeg: nvenc } = await fakeNvenc(programs)
    const [name, value] = option.split(' ')
    const ffmpeg = await programs.ffmpeg(
      `left=$#; while [ $left -gt 0 ]; do word=$1; shift; left=$((left - 1)); set -- "$@" "$word"
      if [ "$word" = ${name} ]; then shift; left=$((left - 1)); set -- "$@" ${value}; fi; done; exec '${nvenc.path}' "$@"`,
    )
    expect(await probeEncoder(ffmpeg, 'h264_nvenc')).toEqual({ reason })
  })

  it('encodes by the words of a live stream', () => {
    const words = probeArguments('h264_vaapi').join(' ')
    expect(words).toMatch(/^-hide_banner .*-init_hw_device vaapi=gpu -filter_hw_device gpu -filter_complex testsrc2/)
    expect(words).toContain(',format=nv12,hwupload[v] -map [v] -c:v h264_vaapi -rc_mode VBR')
    expect(words).toMatch(/-g 30 -bf 0 .* -frames:v 61 -f mp4 .* pipe:3$/)
  })
})
