import { describe, expect, it } from 'vitest'
import { picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'
import { publisherChunkSize, type SharedChunks } from '#worker/fanout/shared-chunks.ts'
import type { AudioTrack } from '#worker/media/sample.ts'
import { ChunkReader } from '#worker/rtmp/chunk-reader.ts'
import { encodeMessage } from '#worker/rtmp/chunk-writer.ts'
import { setChunkSize } from '#worker/rtmp/messages.ts'

const programme = { video: testVideo, audio: testAudio, title: 'Lecture 1' }

/** Type, timestamp and the two bytes that tell header from media, of each message. */
function read(chunks: SharedChunks): string[] {
  const reader = new ChunkReader()
  const setup = encodeMessage(setChunkSize(publisherChunkSize), 128, 2)
  const messages = [...reader.push(Buffer.concat([setup, chunks.bytesFor(1)]))]
  return messages.map(({ type, timestamp, payload }) => `${type}@${timestamp} ${payload.toString('hex', 0, 2)}`)
}

describe('BatchEncoder', () => {
  it('joins the sound that came before a picture with it, in the order of arrival', () => {
    const batch = new BatchEncoder(programme).encode([sound(1), sound(2)], picture(2))
    expect(read(batch.media)).toEqual(['8@21 af01', '8@43 af01', '9@80 2701'])
    expect(batch).toMatchObject({ keyframe: false, timestampMs: 21, durationMs: 40 })
  })

  it('puts sound that is later than the picture behind it: nothing of a session is earlier than its beginning', () => {
    const batch = new BatchEncoder(programme).encode([sound(47), sound(48)], picture(25))
    expect(read(batch.media)).toEqual(['9@1000 1701', '8@1003 af01', '8@1024 af01'])
    expect(read(batch.opening()).slice(0, 4)).toEqual(['18@1000 0200', '9@1000 1700', '8@1000 af00', '9@1000 1701'])
  })

  it('opens a session with metadata and both decoder configurations at the time of its first message', () => {
    const batch = new BatchEncoder(programme).encode([sound(46)], picture(25))
    expect(read(batch.opening())).toEqual(['18@981 0200', '9@981 1700', '8@981 af00', '8@981 af01', '9@1000 1701'])
    expect(read(batch.media)).toEqual(['8@981 af01', '9@1000 1701'])
    expect(batch.opening()).toBe(batch.opening())
  })

  it('gives a picture the sound of what came before it, for who got none of that', () => {
    const encoder = new BatchEncoder(programme)
    const before = [encoder.encode([sound(44)], picture(24)), encoder.encode([sound(45), sound(46)], undefined)]
    const batch = encoder.encode([sound(47)], picture(25)).withSoundOf(before)
    expect(read(batch.media)).toEqual(['8@939 af01', '8@960 af01', '8@981 af01', '9@1000 1701', '8@1003 af01'])
    expect(read(batch.withoutSoundBefore(981)!.opening()).slice(3)).toEqual([
      '8@981 af01',
      '9@1000 1701',
      '8@1003 af01',
    ])
    expect(batch).toMatchObject({ keyframe: true, timestampMs: 939, sound: { beginsMs: 939 } })
  })

  it('sends new decoder configurations once, before the next keyframe, when the tracks change', () => {
    const encoder = new BatchEncoder(programme)
    encoder.setProgramme({ ...programme, video: { ...testVideo, width: 640, height: 360 } })
    expect(read(encoder.encode([], picture(1)).media)).toEqual(['9@40 2701'])
    const keyframe = encoder.encode([], picture(25))
    expect(read(keyframe.media)).toEqual(['18@1000 0200', '9@1000 1700', '8@1000 af00', '9@1000 1701'])
    expect(keyframe.opening()).toBe(keyframe.media)
    expect(read(encoder.encode([], picture(50)).media)).toEqual(['9@2000 1701'])
  })

  it('puts what a sound begins right before it, and times it by its own timescale', () => {
    const encoder = new BatchEncoder(programme)
    const slower: AudioTrack = {
      ...testAudio,
      timescale: 44_100,
      sampleRate: 44_100,
      decoderConfig: Buffer.of(0x12, 8),
    }
    const batch = encoder.encode([sound(46), { ...sound(47), dts: 44_100, begins: slower }], picture(26))
    expect(read(batch.media)).toEqual(['8@981 af01', '8@1000 af00', '8@1000 af01', '9@1040 2701'])
    // Who comes in with this batch needs the old configuration for its first sound.
    expect(read(batch.opening())).toEqual([
      ...['18@981 0200', '9@981 1700', '8@981 af00', '8@981 af01'],
      ...['8@1000 af00', '8@1000 af01', '9@1040 2701'],
    ])
    expect([batch.changesBefore, batch.changesAfter]).toEqual([0, 1])
    expect(read(encoder.encode([], picture(50)).opening())).toEqual([
      '18@2000 0200',
      '9@2000 1700',
      '8@2000 af00',
      '9@2000 1701',
    ])
  })

  it('puts what a picture begins right before it, after the sound that came before', () => {
    const encoder = new BatchEncoder(programme)
    const other = { ...testVideo, width: 640, height: 360 }
    const batch = encoder.encode([sound(46)], { ...picture(25), begins: other })
    expect(read(batch.media)).toEqual(['8@981 af01', '18@1000 0200', '9@1000 1700', '8@1000 af00', '9@1000 1701'])
    expect(read(batch.opening())).toEqual(['18@981 0200', '9@981 1700', '8@981 af00', '8@981 af01', '9@1000 1701'])
    expect(encoder.programme.video).toBe(other)
  })

  it('knows what a batch that nobody took would have changed', () => {
    const encoder = new BatchEncoder(programme)
    const mono = { ...testAudio, channels: 1 }
    encoder.skip([{ ...sound(1), begins: mono }], { ...picture(25), begins: { ...testVideo, width: 640 } })
    expect(encoder.programme).toMatchObject({ audio: { channels: 1 }, video: { width: 640 } })
    const next = encoder.encode([], picture(50))
    expect(read(next.media)).toEqual(['18@2000 0200', '9@2000 1700', '8@2000 af00', '9@2000 1701'])
  })

  it('counts the sound of a batch without a picture', () => {
    const sounds = Array.from({ length: 24 }, (_, index) => sound(index))
    const batch = new BatchEncoder(programme).encode(sounds, undefined)
    expect(batch).toMatchObject({ keyframe: false, picture: undefined, sound: { beginsMs: 0 } })
    expect([batch.durationMs, batch.sound?.endsMs]).toEqual([expect.closeTo(512), expect.closeTo(512, 0)])
  })

  it('leaves out sound that is too early, with what it began: who takes it needs the configuration of what is left', () => {
    const encoder = new BatchEncoder(programme)
    const mono = { ...testAudio, channels: 1, decoderConfig: Buffer.of(0x11, 0x88) }
    const batch = encoder.encode([{ ...sound(44), begins: mono }, sound(45), sound(46)], picture(25))
    const rest = batch.withoutSoundBefore(960)
    expect(read(rest!.media)).toEqual(['8@960 af01', '8@981 af01', '9@1000 1701'])
    expect([rest?.changesBefore, rest?.changesAfter, rest?.timestampMs]).toEqual([1, 1, 960])
    expect(
      rest
        ?.opening()
        .bytesFor(1)
        .includes(Buffer.of(0xaf, 0, 0x11, 0x88)),
    ).toBe(true)
    expect(read(batch.withoutSoundBefore(2_000)!.media)).toEqual(['9@1000 1701'])
    expect(encoder.encode([sound(47)], undefined).withoutSoundBefore(2_000)).toBeUndefined()
  })
})
