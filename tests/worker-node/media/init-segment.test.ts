import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { childBoxes, descend } from '#worker/media/box-reader.ts'
import { initSegment } from '#worker/media/init-segment.ts'
import { readInitSegment } from '#worker/media/init-segment-reader.ts'
import { fragmentHeader } from '#worker/media/movie-fragment.ts'
import type { Sample, Track } from '#worker/media/sample.ts'

const media = encodedMedia({ seconds: 2, heights: [180] })
const tracksOf = ({ video, audio }: LoopingMedia) => [...video, audio] as { track: Track; samples: readonly Sample[] }[]

describe('an init segment', () => {
  it('gives back, when read, what the track says of itself', async () => {
    for (const { track } of tracksOf(await media)) {
      const { defaults, decoderConfig, ...description } = readInitSegment(descend(initSegment(track), 'moov'))
      expect(track).toMatchObject(description)
      expect(Buffer.from(decoderConfig).equals(track.decoderConfig)).toBe(true)
      expect(defaults).toMatchObject({ duration: track.frameDuration, size: 0 })
    }
  })

  it('is ftyp and moov, without samples and without an edit list', async () => {
    for (const { track } of tracksOf(await media)) {
      const init = initSegment(track)
      expect(childBoxes(init).map(({ type }) => type)).toEqual(['ftyp', 'moov'])
      expect(init.includes('edts')).toBe(false)
      expect(descend(init, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsz').every((byte) => byte === 0)).toBe(true)
    }
  })

  it('tells ffprobe codec, size, colour, rate and layout', async () => {
    const [video, audio] = await Promise.all(
      tracksOf(await media).map(async ({ track, samples }) => {
        const input = Buffer.concat([
          initSegment(track),
          fragmentHeader(track, samples, 1),
          ...samples.map(({ payload }) => payload),
        ])
        const { stdout, stderr } = await execa(
          'ffprobe',
          ['-v', 'warning', '-show_streams', '-show_format', '-count_packets', '-of', 'json', '-'],
          { input },
        )
        expect(stderr).toBe('')
        return JSON.parse(stdout).streams[0]
      }),
    )
    expect(video).toMatchObject({
      ...{ codec_name: 'h264', codec_tag_string: 'avc1', width: 320, height: 180, sample_aspect_ratio: '1:1' },
      ...{ color_range: 'tv', color_space: 'bt709', color_primaries: 'bt709', color_transfer: 'bt709' },
      ...{ r_frame_rate: '25/1', time_base: '1/90000', nb_read_packets: '50', start_pts: 0 },
    })
    expect(audio).toMatchObject({
      ...{ codec_name: 'aac', profile: 'LC', sample_rate: '48000', channels: 2, codec_tag_string: 'mp4a' },
    })
  })
})
