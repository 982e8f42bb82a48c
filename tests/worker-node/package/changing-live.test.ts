import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LatencyMode } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { validateDash } from '#tests/support/dash-validator.ts'
import { validateHls } from '#tests/support/hls-validator.ts'
import { originOf } from '#tests/support/live-origin.ts'
import { encodedProgramme, type Programme, SwitchingFeed, syntheticProgramme } from '#tests/support/switching-feed.ts'
import { Package } from '#worker/package/package.ts'

const streams = new Map<string, Package>()
let origin: Awaited<ReturnType<typeof originOf>>
const stopping = new AbortController()
const running: Promise<unknown>[] = []

beforeAll(async () => {
  origin = await originOf(streams)
})
afterAll(async () => {
  stopping.abort()
  await Promise.all(running)
  await origin.close()
  expect(origin.faults).toEqual([])
})

function started(name: string, mode: LatencyMode, first: Programme) {
  const live = new Package({
    epoch: 'e',
    mode: latencyModeFigures[mode],
    firstMediaSequence: 100,
    discontinuitySequence: 7,
    title: 'Lecture 1',
    clock: { nowMs: Date.now },
    wallClockStartMs: Date.now() - 48_000,
    tracks: [first.video.track, first.audio.track],
  })
  streams.set(name, live)
  return { live, feed: new SwitchingFeed(first, live.onSample) }
}

/** Goes from one programme to the other every few seconds, the sound a little before or after the picture. */
async function switchRound(feed: SwitchingFeed, programmes: readonly Programme[]): Promise<void> {
  const delays = [0, -0.08, 0.25, 0.05, -0.4]
  for (let turn = 1; !stopping.signal.aborted; turn += 1) {
    const until = feed.seconds + 2.3
    feed.switchTo(programmes[turn % programmes.length]!, { soundAfter: delays[turn % delays.length]! })
    while (feed.seconds < until && !stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const slate = syntheticProgramme({ mark: 1 })
const source = syntheticProgramme({
  ...{ mark: 2, width: 640, height: 360, fps: 30, variable: true, gopSeconds: 1.5 },
  ...{ sampleRate: 44_100, channels: 1 },
})
const rare = syntheticProgramme({ mark: 3, fps: 15, variable: true, gopSeconds: 9, seconds: 9 })

describe.concurrent('a source that comes and goes with other parameters than the slate, in real time', () => {
  it.each(['low_latency', 'tutorial'] as const)('breaks no rule of HLS in %s', async (mode) => {
    const { feed } = started(mode, mode, slate)
    for (let turn = 0; turn < 8; turn += 1) {
      feed.advance(6)
      feed.switchTo([source, slate, rare][turn % 3]!)
    }
    running.push(feed.run(stopping.signal), switchRound(feed, [slate, source, slate, rare]))
    const { violations, seen } = await validateHls(`${origin.url}/${mode}/index.m3u8`, { seconds: 14, jitterMs: 2_000 })
    expect(violations).toEqual([])
    expect(seen.segments).toBeGreaterThan(20)
  })

  it.each(['low_latency', 'high_quality'] as const)(
    'breaks no rule of HLS in %s where keyframes are nine seconds apart',
    async (mode) => {
      const { feed } = started(`rare-${mode}`, mode, rare)
      feed.advance(48)
      running.push(feed.run(stopping.signal))
      const url = `${origin.url}/rare-${mode}/index.m3u8`
      const { violations, seen } = await validateHls(url, { seconds: 12, jitterMs: 2_000 })
      expect(violations).toEqual([])
      expect(seen.segments).toBeGreaterThan(10)
    },
  )

  it('breaks no rule of DASH', async () => {
    const { feed } = started('dash', 'low_latency', slate)
    feed.advance(24)
    running.push(feed.run(stopping.signal), switchRound(feed, [slate, source, rare]))
    const { violations, seen } = await validateDash(`${origin.url}/dash/manifest.mpd`, 12)
    // A switch ends a segment that has just begun.
    expect(violations.filter(({ rule }) => rule !== 'open-not-chunked')).toEqual([])
    expect(seen.openSegments).toBeGreaterThan(8)
  })

  it('breaks no rule of DASH where keyframes are nine seconds apart, and its segments arrive chunk by chunk', async () => {
    const { feed } = started('rare-dash', 'low_latency', rare)
    feed.advance(24)
    running.push(feed.run(stopping.signal))
    const { violations, seen } = await validateDash(`${origin.url}/rare-dash/manifest.mpd`, 12)
    expect(violations).toEqual([])
    expect(seen.openSegments).toBeGreaterThan(5)
  })
})

describe('FFmpeg, as a reader that is not ours', () => {
  it.each(['index.m3u8', 'manifest.mpd'])('decodes all of %s', async (manifest) => {
    const other = { width: 426, height: 240, fps: 30, gopSeconds: 2, bFrames: 2 }
    const programmes = await Promise.all([encodedProgramme(), encodedProgramme(other)])
    const { live, feed } = started('ended', 'low_latency', programmes[0]!)
    feed.advance(5)
    feed.switchTo(programmes[1]!)
    feed.advance(5)
    feed.switchTo(programmes[0]!)
    feed.advance(4)
    live.end()
    const { stderr, stdout } = await execa('ffprobe', [
      ...['-v', 'warning', '-count_frames', '-show_entries', 'stream=codec_type,nb_read_frames', '-of', 'csv=p=0'],
      `${origin.url}/ended/${manifest}`,
    ])
    expect(
      stderr
        .split('\n')
        .filter((line) => !/Found duplicated MOOV|message repeated/i.test(line))
        .join('\n'),
    ).toBe('')
    const frames = Number(/video,(\d+)/.exec(stdout)?.[1])
    expect(frames).toBeGreaterThanOrEqual(9 * 25 + 5 * 30 - 6)
  })
})
