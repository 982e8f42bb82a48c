import { describe, expect, it } from 'vitest'
import { testAudio, testVideo } from '#tests/support/tracks.ts'
import {
  audioBody,
  audioHeaderBody,
  metadataBody,
  ticksToTimestamp,
  videoBody,
  videoHeaderBody,
} from '#worker/fanout/flv-message.ts'
import { decodeAmf0 } from '#worker/rtmp/amf0.ts'

const access = {
  dts: 0,
  compositionOffset: 0,
  duration: 3_600,
  keyframe: true,
  payload: Buffer.from('deadbeef', 'hex'),
}
const track = { ...testVideo, timescale: 90_000 }
/** Those of `testVideo`, each behind its length. */
const parameterSets = '00000004674d401f' + '0000000468ee3c80'
const hex = (bytes: Uint8Array | readonly Uint8Array[]) =>
  Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes).toString('hex')

describe('FLV message bodies', () => {
  it('marks a keyframe as AVC keyframe with composition time 0, and puts the parameter sets before it', () => {
    expect(hex(videoBody(access, track))).toBe(`1701000000${parameterSets}deadbeef`)
  })

  it('marks other pictures as inter frames and gives the composition time in milliseconds', () => {
    expect(hex(videoBody({ ...access, keyframe: false, compositionOffset: 7_200 }, track))).toBe('2701000050deadbeef')
  })

  it('writes a negative composition time as 24 bits with sign', () => {
    expect(hex(videoBody({ ...access, dts: 3_600, compositionOffset: -3_600 }, track))).toBe(
      `1701ffffd8${parameterSets}deadbeef`,
    )
  })

  it('rounds the presentation time, not the offset', () => {
    // 30 fps: dts 33.33 → 33, pts 66.67 → 67, so 34 and not round(33.33) = 33.
    expect(hex(videoBody({ ...access, dts: 3_000, compositionOffset: 3_000 }, track))).toBe(
      `1701000022${parameterSets}deadbeef`,
    )
  })

  it('never lets rounded times go back', () => {
    const times = Array.from({ length: 5_000 }, (_, index) => ticksToTimestamp(index * 1_024, 48_000))
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0))).toBe(true)
    expect(times[4_999]).toBe(Math.round((4_999 * 1_024) / 48))
  })

  it('wraps AAC frames and both decoder configurations', () => {
    expect(hex(audioBody(access))).toBe('af01deadbeef')
    expect(hex(audioHeaderBody(testAudio))).toBe('af001190')
    expect(hex(videoHeaderBody(testVideo))).toBe(`1700000000${hex(testVideo.decoderConfig)}`)
  })

  it('describes the feed in onMetaData', () => {
    const [verb, name, properties] = decodeAmf0(metadataBody(testVideo, testAudio, 'Lecture 1'))
    expect([verb, name]).toEqual(['@setDataFrame', 'onMetaData'])
    expect({ ...(properties as object) }).toMatchObject({
      title: 'Lecture 1',
      width: 1280,
      height: 720,
      framerate: 25,
      videodatarate: 3_000,
      audiosamplerate: 48_000,
      stereo: true,
    })
  })

  it('names whose it is there, if anybody is named', () => {
    const nobody = { owner: null, notice: null, url: null }
    const propertiesOf = (profile: typeof nobody | undefined) =>
      Object.keys(decodeAmf0(metadataBody(testVideo, testAudio, 'Lecture 1', profile))[2] as object)
    expect(propertiesOf(nobody)).toEqual(propertiesOf(undefined))
    const school = { owner: 'Example School', notice: 'All rights reserved.', url: 'https://school.example/terms' }
    const [, , properties] = decodeAmf0(metadataBody(testVideo, testAudio, 'Lecture 1', school))
    expect({ ...(properties as object) }).toMatchObject({
      copyright: '© Example School. All rights reserved.',
      copyrighturl: 'https://school.example/terms',
    })
  })
})
