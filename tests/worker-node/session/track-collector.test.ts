import { describe, expect, it } from 'vitest'
import { picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { TrackCollector } from '#worker/session/track-collector.ts'

const sized = (id: string, width: number, height: number) => ({ ...testVideo, id, width, height })

describe('the tracks of a first run', () => {
  it('are given all at once, largest picture first and the sound last, whatever came first', () => {
    const collector = new TrackCollector(4)
    expect(collector.addTrack(sized('240p', 426, 240))).toBeUndefined()
    expect(collector.addTrack(testAudio)).toBeUndefined()
    expect(collector.addTrack(sized('720p', 1280, 720))).toBeUndefined()
    const tracks = collector.addTrack(sized('480p', 854, 480))
    expect(tracks?.map(({ id }) => id)).toEqual(['720p', '480p', '240p', 'audio'])
  })

  it('keep what came meanwhile in its order, and give it once', () => {
    const collector = new TrackCollector(2)
    const came = [
      ['720p', picture(0)],
      ['audio', sound(0)],
      ['720p', picture(1)],
    ] as const
    for (const [id, sample] of came) collector.addSample(id, sample)
    expect(collector.takeSamples()).toEqual(came)
    expect(collector.takeSamples()).toEqual([])
  })

  it('keep the first 4,000 samples at most', () => {
    const collector = new TrackCollector(2)
    const same = picture(0)
    for (let index = 0; index < 5_000; index++) collector.addSample('720p', { ...same, dts: index })
    const kept = collector.takeSamples()
    expect(kept).toHaveLength(4_000)
    expect(kept.at(-1)![1].dts).toBe(3_999)
  })
})
