import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { fragmentedAudio, fragmentedVideo, probePackets, withHexPayload } from '#tests/support/fragmented-mp4.ts'
import { mutate } from '#tests/support/mutate.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { type Box, BoxReader, descend, MediaFormatError } from '#worker/media/box-reader.ts'
import { box, fullBox, u32, u64, writeBoxes } from '#worker/media/box-writer.ts'
import { readFragment, type SampleDefaults } from '#worker/media/fragment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import type { Sample, Track } from '#worker/media/sample.ts'
import { TrackReader } from '#worker/transcode/track-reader.ts'

const planned = { id: 'any', bitrate: 1, frameDuration: 1 }
let video: Buffer
let audio: Buffer
beforeAll(async () => {
  ;[video, audio] = await Promise.all([fragmentedVideo(), fragmentedAudio()])
})

function samplesOf(chunks: Iterable<Uint8Array>): Sample[] {
  const samples: Sample[] = []
  const reader = new TrackReader(
    planned,
    () => {},
    (_, sample) => samples.push(sample),
  )
  for (const chunk of chunks) reader.push(chunk)
  return samples
}

describe('samples read from FFmpeg’s fragments', () => {
  it('are what ffprobe says: times, offsets, keyframes and every byte', async () => {
    for (const file of [video, audio]) {
      const samples = samplesOf([file])
      const read = samples.map(({ dts, compositionOffset, keyframe, payload }) => ({
        ...{ dts, compositionOffset, keyframe, size: payload.length },
        hash: `MD5:${createHash('md5').update(payload).digest('hex')}`,
      }))
      const probed = await probePackets(file)
      expect(read.length).toBeGreaterThan(20)
      expect(read).toEqual(probed)
    }
  })

  it('reorder where there are B-frames', () => {
    const offsets = new Set(samplesOf([video]).map(({ compositionOffset }) => compositionOffset))
    expect(offsets.size).toBeGreaterThan(2)
  })

  it('follow each other without a gap', () => {
    for (const [file, duration] of [
      [video, 3_600],
      [audio, 1_024],
    ] as const) {
      const samples = samplesOf([file])
      for (const [index, sample] of samples.entries()) {
        if (index < samples.length - 1) expect(sample.duration).toBe(duration)
        if (index > 0) expect(sample.dts - samples[index - 1]!.dts).toBe(duration)
      }
    }
  })

  it('are the same whether bytes come one by one or all at once', () => {
    const whole = samplesOf([video]).map(withHexPayload)
    const single = samplesOf(Array.from(video, (_, index) => video.subarray(index, index + 1))).map(withHexPayload)
    expect(single).toEqual(whole)
  })
})

/** A moof around what a test writes, and its mdat, as boxes. */
function fragment(traf: Parameters<typeof box>[1][], mdat: Uint8Array): [moof: Box, mdat: Box] {
  const boxes: Box[] = []
  new BoxReader((found) => boxes.push(found)).push(
    writeBoxes(box('moof', fullBox('mfhd', 0, 0, u32(1)), box('traf', ...traf)), box('mdat', mdat)),
  )
  return [boxes[0]!, boxes[1]!]
}
const trex: SampleDefaults = { trackId: 1, duration: 10, size: 2, flags: 0x00010000 }
const tfhd = (flags = 0x020000, ...fields: number[]) => fullBox('tfhd', 0, flags, u32(1, ...fields))
const tfdt = (dts: number) => fullBox('tfdt', 1, 0, u64(dts))
const payload = Buffer.from('aabbccddee')
const read = (...traf: Parameters<typeof box>[1][]) =>
  readFragment(...fragment(traf, payload), trex).map((sample) => [
    ...[sample.dts, sample.duration, sample.compositionOffset, sample.keyframe],
    Buffer.from(sample.payload).toString(),
  ])

describe('a fragment', () => {
  it('takes what a run leaves unsaid from its header, and what that leaves unsaid from trex', () => {
    expect(read(tfhd(), tfdt(100), fullBox('trun', 0, 0, u32(2)))).toEqual([
      [100, 10, 0, false, 'aa'],
      [110, 10, 0, false, 'bb'],
    ])
    expect(read(tfhd(0x020038, 7, 4, 0), tfdt(0), fullBox('trun', 0, 0, u32(2)))).toEqual([
      [0, 7, 0, true, 'aabb'],
      [7, 7, 0, true, 'ccdd'],
    ])
  })

  it('takes first-sample flags for the first sample only', () => {
    expect(read(tfhd(), tfdt(0), fullBox('trun', 0, 0x4, u32(2, 0x02000000)))).toEqual([
      [0, 10, 0, true, 'aa'],
      [10, 10, 0, false, 'bb'],
    ])
  })

  it('reads every column of a run, with signed offsets in version 1', () => {
    const rows = [5, 1, 0x02000000, -3, 6, 3, 0x00010000, 4]
    const run = (version: number) => fullBox('trun', version, 0xf00, u32(2, ...rows))
    expect(read(tfhd(), tfdt(0), run(1))).toEqual([
      [0, 5, -3, true, 'a'],
      [5, 6, 4, false, 'abb'],
    ])
    expect(read(tfhd(), tfdt(0), run(0))[0]![2]).toBe(2 ** 32 - 3)
  })

  it('goes on in mdat where the run before ended, and jumps where an offset says so', () => {
    const runs = [fullBox('trun', 0, 0, u32(1)), fullBox('trun', 0, 0, u32(1))]
    expect(read(tfhd(), tfdt(0), ...runs).map((row) => row[4])).toEqual(['aa', 'bb'])
    const moofBytes = 8 + 16 + 8 + 16 + 20 + 20
    const jump = fullBox('trun', 0, 0x1, u32(1, moofBytes + 8 + 6))
    expect(read(tfhd(), tfdt(0), jump).map((row) => row[4])).toEqual(['dd'])
  })

  it('leaves other tracks and unknown boxes alone', () => {
    const other = fullBox('tfhd', 0, 0x020000, u32(2))
    expect(read(other, tfdt(0), fullBox('trun', 0, 0, u32(2)))).toEqual([])
    expect(read(box('free'), tfhd(), tfdt(0), fullBox('trun', 0, 0, u32(1)))).toHaveLength(1)
  })

  it.each([
    ['a run before its header', [tfdt(0), fullBox('trun', 0, 0, u32(1))]],
    ['a run before its time', [tfhd(), fullBox('trun', 0, 0, u32(1))]],
    ['an absolute data offset', [tfhd(0x1, 0, 0), tfdt(0)]],
    ['more samples than there is mdat', [tfhd(), tfdt(0), fullBox('trun', 0, 0, u32(6))]],
    ['an offset before mdat', [tfhd(), tfdt(0), fullBox('trun', 0, 0x1, u32(1, -8))]],
    ['a count of four billion', [tfhd(), tfdt(0), fullBox('trun', 0, 0, u32(0xffffffff))]],
    ['columns that end too early', [tfhd(), tfdt(0), fullBox('trun', 0, 0xf00, u32(2, 1, 1))]],
    ['a time beyond exact numbers', [tfhd(), fullBox('tfdt', 1, 0, u32(0x7fffffff, 0)), fullBox('trun', 0, 0, u32(1))]],
  ])('with %s is refused', (_, traf) => {
    expect(() => read(...traf)).toThrow(MediaFormatError)
  })

  it('can not claim 10,000 empty samples in each of many runs', () => {
    const runs = Array.from({ length: 20 }, () => fullBox('trun', 0, 0, u32(9_000)))
    expect(() => read(tfhd(0x020010, 0), tfdt(0), ...runs)).toThrow('claims')
  })
})

describe('damaged streams', () => {
  it('give samples or typed errors, 5,000 times, and no sample outside of the bytes read', () => {
    const random = new SeededRandom(42)
    let refused = 0
    for (let round = 0; round < 5_000; round++) {
      const damaged = mutate(random.fraction() < 0.5 ? video : audio, random)
      const tracks: Track[] = []
      let bytes = 0
      const reader = new TrackReader(
        planned,
        (track) => tracks.push(track),
        (_, sample) => {
          bytes += sample.payload.length
          expect(Number.isSafeInteger(sample.dts)).toBe(true)
        },
      )
      try {
        reader.push(damaged)
      } catch (error) {
        if (!(error instanceof MediaFormatError)) throw error
        refused++
      }
      expect(tracks.length).toBeLessThanOrEqual(1)
      expect(bytes).toBeLessThan(2 * damaged.length)
    }
    expect(refused).toBeGreaterThan(500)
  })

  it('hit in the header or a fragment give typed errors too', () => {
    const random = new SeededRandom(43)
    const boxes: Box[] = []
    new BoxReader((found) => boxes.push(found)).push(video)
    const [moov, moof, mdat] = [boxes[1]!, boxes[2]!, boxes[3]!]
    const { defaults } = readInitSegment(moov.body)
    const attempts = [
      () => readInitSegment(mutate(Buffer.from(moov.body), random)),
      () => readFragment({ ...moof, body: mutate(Buffer.from(moof.body), random) }, mdat, defaults),
      () => descend(mutate(Buffer.from(moov.body), random), 'trak', 'mdia', 'minf', 'stbl', 'stsd'),
    ]
    for (let round = 0; round < 6_000; round++) {
      try {
        attempts[round % attempts.length]!()
      } catch (error) {
        if (!(error instanceof MediaFormatError)) throw error
      }
    }
  })
})
