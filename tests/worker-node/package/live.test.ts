import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latencyModes } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { validateDash } from '#tests/support/dash-validator.ts'
import { validateHls } from '#tests/support/hls-validator.ts'
import { originOf, packageOf } from '#tests/support/live-origin.ts'
import { encodedMedia, seededRandom, syntheticMedia } from '#tests/support/live-samples.ts'
import type { Package } from '#worker/package/package.ts'

const streams = new Map<string, Package>()
let origin: Awaited<ReturnType<typeof originOf>>
const stopping = new AbortController()
const running: Promise<void>[] = []

beforeAll(async () => {
  origin = await originOf(streams)
})
afterAll(async () => {
  stopping.abort()
  await Promise.all(running)
  await origin.close()
  expect(origin.faults).toEqual([])
})

describe.concurrent('a live feed with splices at random, in real time', () => {
  it.each(latencyModes)('breaks no rule of HLS in %s', async (mode) => {
    const random = seededRandom(4)
    const media = syntheticMedia({ gopSeconds: latencyModeFigures[mode].gopSeconds })
    const { package: live, feed } = packageOf(media, mode, { splices: () => random() < 0.02 })
    streams.set(mode, live)
    // What is past is made at once, so that lists are full and media leave them.
    feed.advance(latencyModeFigures[mode].segmentSeconds * 12)
    running.push(feed.run(stopping.signal))
    const { violations, seen } = await validateHls(`${origin.url}/${mode}/index.m3u8`, { seconds: 14, jitterMs: 2_000 })
    expect(violations).toEqual([])
    expect(seen.segments).toBeGreaterThan(20)
    if (mode === 'high_quality') return
    expect(seen.playlists).toBeGreaterThan(90)
    expect(seen.hints).toBeGreaterThan(60)
    expect(seen.retained).toBeGreaterThan(60)
  })

  it('breaks no rule of DASH, and its open segments arrive chunk by chunk', async () => {
    const random = seededRandom(9)
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency', { splices: () => random() < 0.02 })
    streams.set('dash', live)
    feed.advance(24)
    running.push(feed.run(stopping.signal))
    const { violations, seen } = await validateDash(`${origin.url}/dash/manifest.mpd`, 10)
    expect(violations).toEqual([])
    expect(seen.openSegments).toBeGreaterThan(12)
  })

  it('answers 503 when what was asked for does not come in three target durations', async () => {
    const { package: live, feed } = packageOf(syntheticMedia(), 'low_latency')
    streams.set('stalled', live)
    feed.advance(3.5)
    const startedAt = performance.now()
    const response = await fetch(`${origin.url}/stalled/180p.m3u8?_HLS_msn=102&_HLS_part=2`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(performance.now() - startedAt).toBeGreaterThan(5_900)
  })
})

describe('FFmpeg, as a reader that is not ours', () => {
  it.each([
    { mode: 'low_latency', bFrames: 0, manifest: 'index.m3u8' },
    { mode: 'high_quality', bFrames: 2, manifest: 'index.m3u8' },
    { mode: 'low_latency', bFrames: 0, manifest: 'manifest.mpd' },
    { mode: 'high_quality', bFrames: 2, manifest: 'manifest.mpd' },
  ] as const)(
    'decodes $manifest of $mode with $bFrames B-frames, spliced, without a word',
    async ({ mode, bFrames, manifest }) => {
      const seconds = 16
      const media = await encodedMedia({ gopSeconds: latencyModeFigures[mode].gopSeconds, bFrames })
      // With B-frames, as in every open stream, a splice may only follow a whole group of pictures.
      const group = latencyModeFigures[mode].gopSeconds * 25
      const splices = bFrames === 0 ? (frame: number) => frame % 37 === 0 : (frame: number) => frame % (2 * group) === 0
      const { package: live, feed } = packageOf(media, mode, { splices })
      streams.set('ended', live)
      feed.advance(seconds)
      live.end()
      const { stderr, stdout } = await execa('ffmpeg', [
        ...['-hide_banner', '-loglevel', 'warning', '-nostdin', '-i', `${origin.url}/ended/${manifest}`],
        ...['-map', '0', '-c:v', 'rawvideo', '-c:a', 'pcm_s16le', '-f', 'framecrc', '-'],
      ])
      expect(stderr).toBe('')
      const rows = stdout
        .split('\n')
        .filter((line) => /^\d/.test(line))
        .map((line) => line.split(',').map(Number))
      const streamCount = new Set(rows.map(([stream]) => stream)).size
      expect(streamCount).toBe(3)
      for (let stream = 0; stream < streamCount; stream += 1) {
        const times = rows.filter(([index]) => index === stream).map(([, , pts]) => pts!)
        expect(times.length).toBeGreaterThanOrEqual(seconds * 25 - 3)
        // Frame after frame in presentation order, none missing, none twice.
        const steps = times.slice(1).map((time, index) => time - times[index]!)
        if (times.length < seconds * 30) expect(new Set(steps)).toEqual(new Set([1]))
        else expect(Math.max(...steps) - Math.min(...steps)).toBeLessThanOrEqual(1024)
      }
    },
  )
})
