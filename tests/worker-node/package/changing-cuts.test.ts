import { describe, expect, it } from 'vitest'
import { latencyModes } from '#schema/enums.ts'
import { changingPackage } from '#tests/support/changing-package.ts'
import { seededRandom } from '#tests/support/live-samples.ts'
import { type SwitchOptions, syntheticProgramme } from '#tests/support/switching-feed.ts'
import { printedSeconds } from '#worker/package/figures.ts'
import type { Segment } from '#worker/package/window.ts'

const slate = syntheticProgramme({ mark: 1 })
const source = syntheticProgramme({
  ...{ mark: 2, width: 640, height: 360, fps: 30, variable: true, gopSeconds: 1.5 },
  ...{ sampleRate: 44_100, channels: 1 },
})
const slow = syntheticProgramme({ mark: 3, fps: 30, variable: true, gopSeconds: 10, seconds: 10 })

describe('cutting what comes as it comes', () => {
  const cases = latencyModes.flatMap((mode) =>
    [
      { fps: 60, gopSeconds: 0.5 },
      { fps: 30, gopSeconds: 2 },
      { fps: 30, gopSeconds: 3 },
      { fps: 29.97, gopSeconds: 10 },
      { fps: 25, gopSeconds: 4 },
      { fps: 24, gopSeconds: 60 },
      { fps: 15, gopSeconds: 5 },
      { fps: 12, gopSeconds: 2.5 },
    ].map((options) => ({ mode, ...options })),
  )

  it.each(cases)(
    'keeps every promise in $mode at $fps frames and a keyframe each $gopSeconds s',
    ({ mode, ...options }) => {
      const random = seededRandom(options.fps + options.gopSeconds)
      const programme = syntheticProgramme({
        ...options,
        variable: true,
        seconds: options.gopSeconds,
        sampleRate: 44_100,
      })
      const { live, feed } = changingPackage(programme, mode)
      const all = new Map<string, Map<number, Segment>>([
        ['source', new Map()],
        ['audio', new Map()],
      ])
      const note = () => {
        for (const [id, segments] of all)
          for (const segment of live.track(id)!.window.listed)
            if (segment.complete) segments.set(segment.sequence, segment)
      }
      while (feed.seconds < 90) {
        if (random() < 0.05) feed.switchTo(random() < 0.5 ? slate : programme, randomSwitch(random))
        feed.advance(0.9)
        note()
      }
      live.end()
      note()
      const { figures } = live
      for (const [id, segments] of all) {
        const { timescale } = live.track(id)!.track
        const list = [...segments.values()]
        expect(list.length).toBeLessThan(feed.seconds * 1.2)
        for (const [index, segment] of list.entries()) {
          expect(Math.round(segment.duration / timescale)).toBeLessThanOrEqual(figures.targetDuration)
          const next = list[index + 1]
          if (next) expect(segment.start + segment.duration).toBe(next.start)
          expect(segment.parts.reduce((total, part) => total + part.duration, 0)).toBe(segment.duration)
          if (figures.partTarget === null) continue
          for (const part of segment.parts) {
            const seconds = printedSeconds(part.duration / timescale)
            expect(seconds).toBeLessThanOrEqual(printedSeconds(figures.partTarget))
            const mayBeShort = part.independent || part === segment.parts.at(-1)
            if (!mayBeShort) expect(seconds).toBeGreaterThanOrEqual(0.85 * figures.partTarget - 1e-6)
          }
        }
      }
      // Every keyframe that is far from the next begins a segment, and so does every change.
      const lead = [...all.get('source')!.values()]
      for (const segment of lead.filter(({ discontinuous }) => discontinuous)) expect(segment.independent).toBe(true)
    },
  )

  const randomSwitch = (random: () => number): SwitchOptions => ({
    soundAfter: random() - 0.5,
    soundOnly: random() < 0.2,
  })

  it('moves the end of a part into a long picture rather than leave the part too short, and shows all when it was', () => {
    const { live } = changingPackage(slate)
    const { track, samples } = slate.video
    const durations = [1, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1].map((frames) => frames * 3_600)
    let dts = 0
    for (const [index, duration] of durations.entries()) {
      live.onSample(track.id, { ...samples[index === 0 ? 0 : 1]!, dts, duration })
      dts += duration
    }
    const parts = live.track('source')!.window.open!.parts
    expect(parts.map(({ duration }) => duration)).toEqual([
      Math.ceil(0.85 * 0.21 * 90_000),
      expect.any(Number),
      expect.any(Number),
    ])
    for (const { duration } of parts.slice(1)) expect(duration).toBeGreaterThanOrEqual(0.85 * 0.21 * 90_000)
  })

  it('says where to begin while the usual place has no keyframe', () => {
    const { feed, playlist } = changingPackage(slow)
    feed.advance(12.5)
    expect(playlist('source')).not.toContain('EXT-X-START')
    feed.advance(5)
    const offset = Number(/#EXT-X-START:TIME-OFFSET=(-[\d.]+)/.exec(playlist('source'))![1])
    const gop = slow.video.samples.reduce((total, { duration }) => total + duration, 0) / 90_000
    const end = feed.seconds
    expect(Math.abs(end + offset - gop)).toBeLessThan(0.3)
  })

  it('says nothing of where to begin while keyframes come in time', () => {
    const { feed, playlist } = changingPackage(source)
    feed.advance(20)
    for (let second = 0; second < 20; second += 1) {
      feed.advance(0.9)
      expect(playlist('source')).not.toContain('EXT-X-START')
    }
  })
})
