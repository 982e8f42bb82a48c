import type { LatencyMode } from '#schema/enums.ts'
import { type LatencyModeFigures, latencyModeFigures } from '#schema/latency-modes.ts'
import { Package } from '#worker/package/package.ts'
import { type Programme, SwitchingFeed } from './switching-feed.ts'

/** A package of what may change, and what feeds it; nothing of it is listening. */
export function changingPackage(
  first: Programme,
  mode: LatencyMode = 'low_latency',
  figures: LatencyModeFigures = latencyModeFigures[mode],
) {
  const wallClockStartMs = Date.parse('2026-11-22T10:00:00Z')
  const live = new Package({
    epoch: 'e',
    mode: figures,
    firstMediaSequence: 100,
    discontinuitySequence: 7,
    title: 'Lecture 1',
    clock: { nowMs: () => wallClockStartMs },
    wallClockStartMs,
    tracks: [first.video.track, first.audio.track],
  })
  return {
    live,
    feed: new SwitchingFeed(first, live.onSample),
    playlist: (id: 'source' | 'audio', skip = false) => live.playlist(live.track(id)!, skip).toString(),
    segments: (id: 'source' | 'audio') => live.track(id)!.window.listed,
  }
}
