import { describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { inspectAccessUnit } from '#worker/ingest/mpegts/access-unit.ts'
import { readAudioHeader } from '#worker/ingest/mpegts/audio-header.ts'
import { clockDistance, clockTurn, readPesHeader } from '#worker/ingest/mpegts/pes.ts'
import { readAssociation, readProgramMap } from '#worker/ingest/mpegts/program.ts'
import { SectionReader } from '#worker/ingest/mpegts/section-reader.ts'
import { readVideoHeader } from '#worker/ingest/mpegts/video-header.ts'
import { sectionCrc } from '#worker/media/section-crc.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

describe('readPesHeader', () => {
  it('reads both times (ISO/IEC 13818-1 2.4.3.7)', () => {
    const header = readPesHeader(bytes('000001e0 0000 80c0 0a 3100095fd1 1100095fc9 aa'))
    expect(header).toEqual({ pts: 143_336, dts: 143_332, length: 19 })
  })

  it('takes the one time for both', () => {
    expect(readPesHeader(bytes('000001c0 0010 8080 05 2100095fd1'))).toEqual({ pts: 143_336, dts: 143_336, length: 14 })
  })

  it.each(['', '000001', '000001e0 0000 80c0 0a 31', '000001bf 0000 0000 00', '000002e0 0000 8080 05 2100095fd1'])(
    'gives nothing for "%s"',
    (hex) => expect(readPesHeader(bytes(hex))).toBeUndefined(),
  )
})

describe('clockDistance', () => {
  it('goes on where the clock turns over', () => {
    expect(clockDistance(clockTurn - 1_000, 2_600)).toBe(3_600)
    expect(clockDistance(2_600, clockTurn - 1_000)).toBe(-3_600)
  })
})

describe('inspectAccessUnit', () => {
  const aud = '00000109f0'
  const sps = '000001 6742c00cda05067e7c04'
  const sei = '00000106 0102'
  it.each([
    ['an IDR picture', `${aud} ${sps} 00000165 88`, false, true],
    ['an intra picture that the packet vouches for', `${aud} ${sps} ${sei} 00000141 9a`, true, true],
    ['a picture without a header that the packet vouches for', `${aud} 00000141 9a`, true, false],
    ['a picture', `${aud} 00000141 9a`, false, false],
  ])('knows %s', (_, hex, randomAccess, keyframe) => {
    expect(inspectAccessUnit('h264', bytes(hex), randomAccess)).toMatchObject({ keyframe })
  })

  it.each([
    ['IDR_W_RADL', '00000126 01', true],
    ['CRA', '0000012a 01', true],
    ['TRAIL_R', '00000102 01', false],
  ])('knows an HEVC %s', (_, hex, keyframe) => {
    expect(inspectAccessUnit('hevc', bytes(hex), false)).toMatchObject({ keyframe })
  })

  it('waits for more where no picture has begun', () => {
    expect(inspectAccessUnit('h264', bytes(`${aud} ${sps}`), true)).toBeUndefined()
    expect(inspectAccessUnit('h264', bytes('0000'), true)).toBeUndefined()
  })
})

describe('readAudioHeader', () => {
  it.each([
    ['aac', 'fff158 80 1f fc 21', { sampleRate: 24_000, channels: 2 }], // HE-AAC at 48 kHz says so of itself.
    ['aac', 'fff94c 40 1f fc 21', { sampleRate: 48_000, channels: 1 }],
    ['mp2', 'fffd84 c0 00 00 00', { codec: 'mp2', sampleRate: 48_000, channels: 1 }],
    ['mp2', 'fff384 00 00 00 00', { codec: 'mp3', sampleRate: 24_000, channels: 2 }],
    ['ac3', '0b77 0000 1e 40 e1 00', { sampleRate: 48_000, channels: 6 }],
    ['opus', '', { sampleRate: 48_000, channels: 2 }],
  ] as const)('reads %s %s', (codec, hex, expected) => {
    expect(readAudioHeader(codec, bytes(hex))).toEqual(expected)
  })

  it('finds a frame that does not begin where the packet does', () => {
    expect(readAudioHeader('aac', bytes('0102030405 fff94c 40 1f fc 21'))?.sampleRate).toBe(48_000)
  })
})

describe('readers of headers', () => {
  it('never throw, whatever the bytes', () => {
    const random = new SeededRandom(5)
    for (let round = 0; round < 5_000; round++) {
      const garbage = random.bytes(random.below(60))
      for (const codec of ['aac', 'aac_latm', 'mp2', 'ac3', 'eac3', 'opus'] as const) readAudioHeader(codec, garbage)
      for (const codec of ['h264', 'hevc', 'mpeg2video'] as const) {
        inspectAccessUnit(codec, garbage, true)
        readVideoHeader(codec, Buffer.concat([bytes('67'), garbage]))
      }
      readPesHeader(garbage)
      readAssociation(Buffer.concat([bytes('00'), garbage]))
      readProgramMap(Buffer.concat([bytes('02'), garbage]))
    }
  })
})

describe('SectionReader', () => {
  const body = bytes('00 b00d 0001 c1 00 00 0001 f000')
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(sectionCrc(body))
  const section = Buffer.concat([body, crc])

  it('puts a section together that lies in two packets', () => {
    const reader = new SectionReader()
    expect(reader.push(Buffer.concat([bytes('00'), section.subarray(0, 5)]), true)).toEqual([])
    expect(reader.push(section.subarray(5), false)).toEqual([section])
    expect(readAssociation(section)).toBe(0x1000)
  })

  it('ends one section and begins the next in one packet', () => {
    const reader = new SectionReader()
    reader.push(Buffer.concat([bytes('00'), section.subarray(0, 10)]), true)
    const rest = section.subarray(10)
    const next = Buffer.concat([Buffer.from([rest.length]), rest, section, bytes('ffffff')])
    expect(reader.push(next, true)).toEqual([section, section])
  })

  it('gives nothing whose CRC is wrong', () => {
    const broken = Buffer.from(section)
    broken[8]! ^= 1
    expect(new SectionReader().push(Buffer.concat([bytes('00'), broken]), true)).toEqual([])
  })
})
