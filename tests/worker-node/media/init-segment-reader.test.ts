import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { fragmentedAudio, fragmentedVideo } from '#tests/support/fragmented-mp4.ts'
import { BoxReader, descend, MediaFormatError } from '#worker/media/box-reader.ts'
import { box, fullBox, u16, u32, writeBoxes } from '#worker/media/box-writer.ts'
import { avcCodecString, readInitSegment, readSoundConfig } from '#worker/media/init-segment-reader.ts'

function moovOf(file: Buffer): Uint8Array {
  let moov: Uint8Array | undefined
  new BoxReader(({ type, body }) => {
    if (type === 'moov') moov = body
  }).push(file)
  return moov!
}

async function probeStream(file: Buffer) {
  const { stdout } = await execa('ffprobe', ['-v', 'error', '-show_streams', '-show_data', '-of', 'json', '-'], {
    input: file,
  })
  const stream = JSON.parse(stdout).streams[0] as Record<string, unknown>
  const dump = String(stream.extradata)
  const hex = dump.replace(/^\S+: ((?:[0-9a-f]+ )+).*$/gm, '$1').replace(/\s/g, '')
  return { ...stream, extradata: hex } as Record<string, unknown>
}

describe('a movie header by FFmpeg', () => {
  it('says of video what ffprobe says', async () => {
    const file = await fragmentedVideo()
    const probed = await probeStream(file)
    const { decoderConfig, ...read } = readInitSegment(moovOf(file))
    expect(Buffer.from(decoderConfig).toString('hex')).toBe(probed.extradata)
    expect(read).toMatchObject({ kind: 'video', timescale: 90_000, width: probed.width, height: probed.height })
    expect(read.codec).toMatch(/^avc1\.[0-9a-f]{6}$/)
    expect(Number.parseInt(read.codec.slice(-2), 16)).toBe(probed.level)
  })

  it.each([
    [48_000, 2],
    [48_000, 1],
    [44_100, 2],
    [22_050, 1],
    [48_000, 6],
  ])('says of sound at %d Hz with %d channels what ffprobe says', async (sampleRate, channels) => {
    const file = await fragmentedAudio({ sampleRate, channels })
    const { decoderConfig, ...read } = readInitSegment(moovOf(file))
    expect(Buffer.from(decoderConfig).toString('hex')).toBe((await probeStream(file)).extradata)
    expect(read).toMatchObject({ kind: 'audio', codec: 'mp4a.40.2', timescale: sampleRate, sampleRate, channels })
  })

  it('of anything but H.264 and AAC is refused by name', () => {
    const table = box('stbl', fullBox('stsd', 0, 0, u32(1), box('hvc1', new Uint8Array(78))))
    const media = box('mdia', fullBox('mdhd', 0, 0, u32(0, 0, 90_000, 0)), box('minf', table))
    const defaults = box('mvex', fullBox('trex', 0, 0, u32(1, 1, 0, 0, 0)))
    expect(() => readInitSegment(writeBoxes(box('trak', media), defaults))).toThrow('hvc1 is neither H.264 nor AAC')
  })

  it('without ticks per second is refused', () => {
    const media = box('mdia', fullBox('mdhd', 0, 0, u32(0, 0, 0, 0)))
    expect(() => readInitSegment(writeBoxes(box('trak', media)))).toThrow('timescale of 0')
  })

  it('that ends anywhere before its last needed box does is refused with a typed error', async () => {
    for (const moov of [moovOf(await fragmentedVideo()), moovOf(await fragmentedAudio())]) {
      const needed = Buffer.from(moov).indexOf('udta') - 4
      expect(needed).toBeGreaterThan(400)
      for (let end = 0; end < needed; end++)
        expect(() => readInitSegment(moov.subarray(0, end))).toThrow(MediaFormatError)
      expect(readInitSegment(moov.subarray(0, needed))).toEqual(readInitSegment(moov))
    }
  })
})

describe('an AudioSpecificConfig', () => {
  it.each([
    ['1190', 'mp4a.40.2', 48_000, 2],
    ['1188', 'mp4a.40.2', 48_000, 1],
    ['1210', 'mp4a.40.2', 44_100, 2],
    ['11b8', 'mp4a.40.2', 48_000, 8],
    ['2b1188', 'mp4a.40.5', 48_000, 2],
  ])('%s is %s at %d Hz with %d channels', (hex, codec, sampleRate, channels) => {
    const config = Buffer.from(hex, 'hex')
    expect(readSoundConfig(config)).toEqual({ codec, sampleRate, channels })
  })

  it.each(['', '11', '0000', 'f990', '1790', '2b11'])('"%s" is refused', (hex) => {
    expect(() => readSoundConfig(Buffer.from(hex, 'hex'))).toThrow(MediaFormatError)
  })
})

describe('the codec string', () => {
  it('is profile, constraints and level in hex', () => {
    expect(avcCodecString('avc3', Buffer.from('014d401fffe100', 'hex'))).toBe('avc3.4d401f')
    expect(() => avcCodecString('avc1', writeBoxes(u16(1, 2)))).toThrow(MediaFormatError)
  })

  it('is found along the path to the sample entry', async () => {
    const stsd = descend(moovOf(await fragmentedVideo()), 'trak', 'mdia', 'minf', 'stbl', 'stsd')
    expect(Buffer.from(stsd.subarray(12, 16)).toString()).toBe('avc1')
  })
})
