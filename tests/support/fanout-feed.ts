import { onTestFinished } from 'vitest'
import { Fanout, type FanoutOptions } from '#worker/fanout/fanout.ts'
import type { SampleSink, Track } from '#worker/media/sample.ts'
import { LiveFeed, type LoopingMedia } from './live-samples.ts'

/**
 * A fan-out with the first rendition as its feed `main`, fed in real time on one clock that begins at `fromSeconds`; ended with the test.
 */
export function liveFanout(
  media: LoopingMedia,
  { fromSeconds = 0, ...options }: Partial<FanoutOptions> & { fromSeconds?: number } = {},
): Fanout {
  const video = media.video[0]?.track
  if (!video) throw new Error('The media has no pictures')
  const fanout = new Fanout({ title: 'Lecture 1', ...options })
  fanout.setFeed('main', { video, audio: media.audio.track, beginsAtMs: 0 })
  const ending = new AbortController()
  void new LiveFeed(media, shifted([video, media.audio.track], fromSeconds, fanout.onSample)).run(ending.signal)
  onTestFinished(async () => {
    await fanout.stop()
    ending.abort()
  })
  return fanout
}

function shifted(tracks: readonly Track[], seconds: number, sink: SampleSink): SampleSink {
  const ticks = new Map(tracks.map(({ id, timescale }) => [id, Math.round(seconds * timescale)]))
  return (trackId, sample) => sink(trackId, { ...sample, dts: sample.dts + (ticks.get(trackId) ?? 0) })
}
