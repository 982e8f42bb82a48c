import { describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { readAudioSpecificConfig } from '#worker/media/aac-header.ts'
import { readAvcConfig, readSps } from '#worker/media/h264-header.ts'

const bytes = (hex: string) => Buffer.from(hex, 'hex')

describe('readAvcConfig', () => {
  // Written by x264 and FFmpeg's FLV muxer.
  it.each([
    ['0142c00cffe100176742c00cda05067e7c0440000003004000000c83c50aa801000468ce0fc8', 320, 180, 25],
    ['0142c028ffe100176742c028da01e0089f97011000003e90000ea600f1832a01000468ce0fc8', 1920, 1080, 30_000 / 1_001],
    ['0142c01effe100176742c01eda06c7f93c0440000003004000001e03c58ba801000468ce0fc8', 426, 240, 60],
    ['01f4000dffe1001a67f4000d919681519e3e2f011000000300100000030320f142aa01000568ce0f1920fff8f800', 322, 182, 25],
    ['017a001fffe10018677a001fbcb402802dd808800000030080000018078c195001000468ce0fc8fef8f800', 1280, 720, 24],
    ['014d4028ffe10019674d4028f403c0227ef011000003000100000300321f162ea001000468de0fc8', 1920, 1080, 25],
  ])('reads size after cropping, and frame rate: %s', (hex, width, height, fps) => {
    const codec = `avc1.${hex.slice(2, 8)}`
    expect(readAvcConfig(bytes(hex))).toEqual({ codec, width, height, fps })
  })

  it('reads a parameter set whose timing was cut off, as some hardware writes it', () => {
    const cut = bytes('6742c00cda05067e7c04')
    expect(readSps(cut)).toEqual({ codec: 'avc1.42c00c', width: 320, height: 180, fps: null })
  })

  it.each(['', '01', '0042c00cffe10004', '0142c00cffe0', '0142c00cffe100026742', '0142c00cffe1000468ce0fc8'])(
    'gives undefined for what is no such header: "%s"',
    (hex) => {
      expect(readAvcConfig(bytes(hex))).toBeUndefined()
    },
  )

  it('never throws, whatever the bytes', () => {
    const random = new SeededRandom(3)
    for (let round = 0; round < 5_000; round++) {
      const header = readSps(Buffer.concat([bytes('67'), random.bytes(random.below(40))]))
      if (header) expect(header.width * header.height).toBeGreaterThan(0)
      readAudioSpecificConfig(random.bytes(random.below(8)))
    }
  })
})

describe('readAudioSpecificConfig', () => {
  it.each([
    ['AAC-LC 44.1 kHz stereo', '1210', 'mp4a.40.2', 44_100, 2],
    ['AAC-LC 48 kHz mono', '1188', 'mp4a.40.2', 48_000, 1],
    ['AAC-LC 48 kHz 7.1', '11b8', 'mp4a.40.2', 48_000, 8],
    ['HE-AAC: 22.05 kHz that decodes to 44.1', '2b920800', 'mp4a.40.5', 44_100, 2],
    ['HE-AAC v2: mono that decodes to stereo', 'eb8a0800', 'mp4a.40.29', 44_100, 2],
    ['a sample rate written out', '1780540c10', 'mp4a.40.2', 43_032, 2],
  ])('reads %s', (_, hex, codec, sampleRate, channels) => {
    expect(readAudioSpecificConfig(bytes(hex))).toEqual({ codec, sampleRate, channels })
  })

  it('leaves the channels open where a program config element tells them', () => {
    expect(readAudioSpecificConfig(bytes('1200'))?.channels).toBeUndefined()
  })

  it.each(['', '12', '0210', '1680', '1700000000'])('gives undefined for what is no such header: "%s"', (hex) => {
    expect(readAudioSpecificConfig(bytes(hex))).toBeUndefined()
  })
})
