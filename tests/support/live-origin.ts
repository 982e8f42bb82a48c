import type { LatencyMode } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { startOrigin } from '#worker/package/origin.ts'
import { Package, type PackageOptions } from '#worker/package/package.ts'
import { LiveFeed, type LoopingMedia } from './live-samples.ts'

/** A package fed by looping media; nothing of it is listening yet. */
export function packageOf(
  media: LoopingMedia,
  mode: LatencyMode,
  options: Partial<PackageOptions> & { splices?: (frame: number) => boolean } = {},
): { package: Package; feed: LiveFeed } {
  const { splices, ...rest } = options
  const live = new Package({
    epoch: 'epoch1',
    mode: latencyModeFigures[mode],
    firstMediaSequence: 100,
    discontinuitySequence: 7,
    title: 'Lecture 1',
    clock: { nowMs: () => Date.now() },
    wallClockStartMs: Date.now(),
    tracks: [...media.video.map(({ track }) => track), media.audio.track],
    ...rest,
  })
  return { package: live, feed: new LiveFeed(media, live.onSample, splices) }
}

/** An origin on a free loopback port that serves what `streams` holds at the moment, by playback id. */
export async function originOf(streams: Map<string, Package>, options: { answerTimeMs?: number } = {}) {
  const faults: unknown[] = []
  const origin = await startOrigin({
    host: '127.0.0.1',
    port: 0,
    resolve: (playbackId) => {
      const found = streams.get(playbackId)
      return found && { package: found }
    },
    log: (_, error) => faults.push(error),
    ...options,
  })
  return { url: `http://127.0.0.1:${origin.port}/live`, faults, close: origin.close }
}
