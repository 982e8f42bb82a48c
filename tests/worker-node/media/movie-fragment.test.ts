import { describe, expect, it } from 'vitest'
import { seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
import { childBoxes, descend } from '#worker/media/box-reader.ts'
import { readFragment } from '#worker/media/fragment.ts'
import { initSegment } from '#worker/media/init-segment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import { fragmentHeader } from '#worker/media/movie-fragment.ts'
import type { Sample, Track } from '#worker/media/sample.ts'

const { video, audio } = syntheticMedia()
const tracks: Track[] = [video[0]!.track, audio.track]

/** What a reader makes of a written fragment. */
function readBack(track: Track, samples: readonly Sample[]): Sample[] {
  const { defaults } = readInitSegment(descend(initSegment(track), 'moov'))
  const bytes = Buffer.concat([fragmentHeader(track, samples, 9), ...samples.map(({ payload }) => payload)])
  const [moof, mdat] = childBoxes(bytes)
  return readFragment(moof!, mdat!, defaults)
}

describe('a movie fragment', () => {
  it('gives back, when read, the samples that went in: 300 random ones', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 300; round += 1) {
      const track = tracks[round % 2]!
      const odd = { durations: random() < 0.5, offsets: random() < 0.5, keyframes: random() }
      let dts = Math.floor(random() * 2 ** 45)
      const samples = Array.from({ length: 1 + Math.floor(random() * 20) }, () => {
        const duration = odd.durations ? 1 + Math.floor(random() * 5_000) : track.frameDuration
        const sample: Sample = {
          ...{ dts, duration, keyframe: random() < odd.keyframes },
          compositionOffset: odd.offsets ? Math.floor(random() * 20_000) - 10_000 : 0,
          payload: Buffer.from(Array.from({ length: 1 + Math.floor(random() * 50) }, () => Math.floor(random() * 256))),
        }
        dts += duration
        return sample
      })
      const read = readBack(track, samples)
      expect(read.map(({ payload, ...rest }) => ({ ...rest, payload: Buffer.from(payload) }))).toEqual(samples)
    }
  })

  it('writes for usual sound only sizes, and for video one flag column more', () => {
    const sample: Sample = { dts: 0, compositionOffset: 0, duration: 1024, keyframe: true, payload: new Uint8Array(7) }
    const header = (track: Track, samples: Sample[]) => fragmentHeader(track, samples, 1).length
    const growth = (track: Track, more: Sample) =>
      header(track, [sample, sample, more]) - header(track, [sample, sample])
    expect(growth(audio.track, sample)).toBe(4)
    const frame = { ...sample, duration: 3600 }
    expect(fragmentHeader(video[0]!.track, [frame, frame], 1).length - header(audio.track, [sample, sample])).toBe(8)
  })

  it('refuses to be empty', () => {
    expect(() => fragmentHeader(tracks[0]!, [], 1)).toThrow(RangeError)
  })
})
