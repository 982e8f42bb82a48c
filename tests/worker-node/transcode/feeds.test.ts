import { beforeAll, describe, expect, it } from 'vitest'
import type { DestinationProfile } from '#schema/contracts/destination-profile.ts'
import { type BroadcastPlan, planBroadcast } from '#schema/plan/broadcast-plan.ts'
import { limitsOf } from '#schema/plan/platform-limits.ts'
import { flvFixture } from '#tests/support/media.ts'
import { described, smallPlan, type TranscodeRun, transcodeFile } from '#tests/support/transcode-run.ts'
import { audioTimescale, videoTimescale } from '#worker/media/sample.ts'

const source = described({ width: 320, height: 180, fps: 50 })
const planFor = (profiles: Record<string, DestinationProfile>): BroadcastPlan =>
  planBroadcast({
    ...{ latencyMode: 'tutorial', ladder: { preset: 'custom', renditions: [{ height: 120 }] } },
    ...{ encoderPreset: 'ultrafast', source, encodeUnits: 100 },
    destinations: Object.entries(profiles).map(([id, profile]) => ({ id, profile, limitsOf: limitsOf('custom') })),
  })

describe('one decode', () => {
  let plan: BroadcastPlan
  let run: TranscodeRun
  const samplesOf = (id: string) => run.samples.get(id)!
  const trackOf = (destinationId: string) => {
    const { feedId, renditionId } = plan.destinations.find(({ id }) => id === destinationId)!
    return feedId === null ? renditionId : `${feedId}/${renditionId}`
  }
  const soundOf = (destinationId: string) => trackOf(destinationId).replace(/[^/]+$/, 'audio')
  const secondsOf = (id: string, index: number) =>
    samplesOf(id)[index]!.dts / (id.endsWith('audio') ? audioTimescale : videoTimescale)

  beforeAll(async () => {
    plan = planFor({
      untouched: 'source',
      quick: { height: 180, fps: 50, audio_bitrate_kbps: 96, keyframe_interval_s: 1 },
      tall: { height: 120, orientation: 'vertical', framing: 'crop', keyframe_interval_s: 1, fps: 25 },
      blurred: { height: 120, orientation: 'vertical', framing: 'blur', keyframe_interval_s: 1, fps: 25 },
    })
    const file = await flvFixture({ width: 320, height: 180, fps: 50, seconds: 4 })
    run = await transcodeFile(file, plan.viewers.plan, source, plan.feeds)
  })

  it('gives every rendition of viewers and feeds, and each feed its sound', () => {
    expect(run.exit).toMatchObject({ reason: 'ended', code: 0 })
    expect([...run.tracks.keys()].toSorted()).toEqual(
      [
        ...['120p', 'audio', 'source/source', 'source/audio'],
        ...[
          trackOf('quick'),
          soundOf('quick'),
          trackOf('tall'),
          soundOf('tall'),
          trackOf('blurred'),
          soundOf('blurred'),
        ],
      ].toSorted(),
    )
    expect(run.tracks.get(trackOf('tall'))).toMatchObject({ width: 120, height: 214 })
    expect(run.tracks.get(trackOf('blurred'))).toMatchObject({ width: 120, height: 214 })
  })

  it('each at its own rate, with its own distance of keyframes', () => {
    const first = (id: string) => samplesOf(id)[0]!.duration
    expect(first('120p')).toBe(videoTimescale / 25)
    expect(first(trackOf('quick'))).toBe(videoTimescale / 50)
    const keyframes = (id: string) => samplesOf(id).flatMap(({ keyframe }, index) => (keyframe ? [index] : []))
    const [dense, usual] = [keyframes(trackOf('quick')), keyframes('120p')].map((all) => all.slice(-2))
    expect(samplesOf(trackOf('quick')).length).toBeGreaterThanOrEqual(200)
    expect(dense![1]! % 20).toBe(0)
    expect(usual![1]! % 10).toBe(0)
  })

  it('all on one clock', () => {
    for (const id of run.tracks.keys()) {
      // Sound that goes out as it came has the priming of its encoder before it, and the picture waits for it.
      expect(Math.abs(secondsOf(id, 0) - 10), id).toBeLessThan(0.03)
    }
  })

  it('makes equal sound once, for all that want it', () => {
    const payloads = (id: string) => samplesOf(id).map(({ payload }) => payload)
    expect(payloads(soundOf('tall'))).toEqual(payloads('audio'))
    expect(payloads(soundOf('tall'))[0]).toBe(payloads('audio')[0])
    expect(payloads(soundOf('quick'))).not.toEqual(payloads('audio'))
  })

  it('normalises the sound of feeds beside sound that goes out as it came', async () => {
    const { viewers } = planBroadcast({
      ...{ latencyMode: 'tutorial', ladder: { preset: 'source' }, encoderPreset: null, source, encodeUnits: 100 },
      destinations: [],
    })
    const feed = { ...smallPlan(source, { heights: [120] }), feedId: 'own', normalizesAudio: true }
    const file = await flvFixture({ width: 320, height: 180, fps: 50, seconds: 4 })
    const { tracks } = await transcodeFile(file, viewers.plan, source, [feed])
    expect([...tracks.keys()].toSorted()).toEqual(['audio', 'own/120p', 'own/audio', 'source'])
  })

  it('leaves what goes out as it came untouched', async () => {
    const alone = planFor({})
    const passed = planBroadcast({
      ...{ latencyMode: 'tutorial', ladder: { preset: 'source' }, encoderPreset: null, source, encodeUnits: 100 },
      destinations: [],
    })
    const copy = await transcodeFile(
      await flvFixture({ width: 320, height: 180, fps: 50, seconds: 4 }),
      passed.viewers.plan,
      source,
    )
    const bytes = (samples: readonly { payload: Uint8Array }[]) =>
      samples.map(({ payload }) => Buffer.from(payload).toString('hex'))
    expect(bytes(samplesOf('source/source'))).toEqual(bytes(copy.samples.get('source')!))
    expect(alone.feeds).toEqual([])
  })
})
