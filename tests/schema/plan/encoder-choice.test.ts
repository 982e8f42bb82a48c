import { describe, expect, it } from 'vitest'
import type { SourceDescription } from '#schema/contracts/source.ts'
import type { EncoderPreset, VideoEncoder } from '#schema/enums.ts'
import { type EncoderRoom, type EncoderWish, planByEncoder } from '#schema/plan/encoder-choice.ts'
import { loadOf, shareOf } from '#schema/plan/load.ts'
import { inSoftware } from '#schema/plan/software-instead.ts'

const source: SourceDescription = {
  protocol: 'rtmp',
  video: {
    ...{ codec: 'h264', profile: 'High', width: 1920, height: 1080, fps: 30 },
    ...{ keyframe_interval_s: 2, b_frames: false },
  },
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: null,
  encoder: null,
}
const request: Parameters<typeof planByEncoder>[0] = {
  ...{ latencyMode: 'high_quality', ladder: { preset: 'auto' }, encoderPreset: null, source, destinations: [] },
}
const rooms = (units: Partial<Record<VideoEncoder, number>>): EncoderRoom[] =>
  Object.entries(units).map(([name, encodeUnits]) => ({ name: name as VideoEncoder, encodeUnits }))
const choose = (
  encoder: EncoderWish['encoder'],
  units: Partial<Record<VideoEncoder, number>>,
  noSoftwareFallback = false,
) => planByEncoder(request, { encoder, noSoftwareFallback }, rooms(units))
const made = ({ plan }: ReturnType<typeof choose>) => plan.viewers.plan.renditions.map(({ id }) => id)

describe('the encoder of a stream', () => {
  it('is by itself the best hardware, where that makes all that is wanted', () => {
    const chosen = choose('auto', { h264_nvenc: 20, h264_vaapi: 20, software: 2 })
    expect([chosen.encoder, chosen.issues, made(chosen)]).toEqual([
      ...['h264_nvenc', [], ['1080p', '720p', '480p', '240p']],
    ])
    const { plan, issues, ...load } = chosen.plan.viewers
    expect([plan, issues]).toEqual([expect.objectContaining({ encoder: 'h264_nvenc', bFrames: 0 }), []])
    // One 1080p, and about seven tenths of one for the others; the CPU decodes and scales.
    expect(load.encodeUnits).toBeCloseTo(1.78, 1)
    expect(load.cpuUnits).toBeCloseTo(0.4, 1)
  })

  it('is the next one, or software, where that makes more of it', () => {
    expect(choose('auto', { h264_nvenc: 1.3, h264_vaapi: 20, software: 2 }).encoder).toBe('h264_vaapi')
    expect(choose('auto', { h264_nvenc: 1.3, software: 20 }).encoder).toBe('software')
    expect(choose('auto', { software: 20 })).toMatchObject({ encoder: 'software', issues: [] })
    expect(choose('auto', { software: 20 }).plan.viewers.plan).not.toHaveProperty('encoder')
  })

  it('needs a CPU that feeds it', () => {
    const chosen = choose('h264_nvenc', { h264_nvenc: 20, software: 0.3 })
    expect(made(chosen)).toEqual(['1080p'])
    expect(chosen.plan.viewers.issues).toMatchObject([{ code: 'rendition_over_capacity' }])
  })

  it('is never Quick Sync and VAAPI beside it by itself: they are one part of the machine', () => {
    expect(choose('auto', { h264_qsv: 0.5, h264_vaapi: 20, software: 0.2 }).encoder).toBe('h264_qsv')
    expect(choose('h264_vaapi', { h264_qsv: 0.5, h264_vaapi: 20, software: 1 }).encoder).toBe('h264_vaapi')
  })

  it('is software with an issue where the one that is named is not there, unless that may not be', () => {
    const replaced = choose('h264_qsv', { h264_nvenc: 20, software: 9 })
    expect(replaced).toMatchObject({
      encoder: 'software',
      issues: [{ code: 'encoder_not_there', severity: 'warning', detail: expect.stringContaining('h264_qsv') }],
    })
    const kept = choose('h264_qsv', { software: 9 }, true)
    expect(kept).toMatchObject({ encoder: 'h264_qsv', issues: [{ code: 'encoder_not_there', severity: 'error' }] })
    expect(made(kept)).toHaveLength(4)
  })

  it('is nobody’s concern where the source goes out as it is', () => {
    const untouched: typeof request = { ...request, ladder: { preset: 'source' } }
    const chosen = planByEncoder(untouched, { encoder: 'h264_qsv', noSoftwareFallback: false }, rooms({ software: 2 }))
    expect(chosen.issues).toEqual([])
    expect(chosen.plan).toMatchObject({ encodeUnits: 0, cpuUnits: 0 })
  })

  it('makes the destinations’ own encodes as well', () => {
    const destinations = [{ id: 'dst_1', profile: { height: 720, fps: 25 }, limitsOf: () => unlimited }] as never
    const wish = { encoder: 'auto', noSoftwareFallback: false } as const
    const { plan } = planByEncoder({ ...request, destinations }, wish, rooms({ h264_nvenc: 20, software: 2 }))
    expect(plan.feeds).toMatchObject([{ encoder: 'h264_nvenc' }])
    expect(plan.encodeUnits).toBeGreaterThan(plan.viewers.encodeUnits)
  })
})

const unlimited = {
  ...{ name: 'Anybody', maxHeight: null, maxFps: null, maxVideoKbps: null, maxAudioKbps: null },
  ...{ maxKeyframeSeconds: null, maxLongSide: null, shapes: null, minVideoKbps: null, audioRates: null, advised: {} },
}

describe('software in the place of hardware', () => {
  const { plan } = choose('auto', { h264_nvenc: 20, software: 2 })
  const size = { width: 1920, height: 1080 }

  it('makes the same sizes and rates, by the preset that was wanted where the machine is strong', () => {
    const { viewers } = inSoftware(plan, size, 100)
    const { encoder, ...rest } = plan.viewers.plan
    expect([encoder, viewers.plan]).toEqual(['h264_nvenc', rest])
  })

  it('takes a faster preset where it has to, down to the fastest, and says what that takes', () => {
    const unitsOf = (preset: EncoderPreset) => loadOf(plan.viewers.plan.renditions, size, 30, { preset }).encodeUnits
    for (const preset of ['fast', 'faster', 'veryfast', 'superfast', 'ultrafast'] as const) {
      const { viewers, encodeUnits, cpuUnits } = inSoftware(plan, size, unitsOf(preset) / 0.9 + 0.001)
      expect([viewers.plan.preset, encodeUnits, cpuUnits]).toEqual([preset, unitsOf(preset), 0])
    }
    expect(inSoftware(plan, size, 0).viewers.plan.preset).toBe('ultrafast')
  })
})

describe('the share of a machine that a load takes', () => {
  it('is that of its scarcest part, and endless where there is none', () => {
    expect(shareOf({ encodeUnits: 1, cpuUnits: 1 }, { encodeUnits: 4, cpuUnits: 2 })).toBe(0.5)
    expect(shareOf({ encodeUnits: 1, cpuUnits: 0 }, { encodeUnits: 4, cpuUnits: 0 })).toBe(0.25)
    expect(shareOf({ encodeUnits: 1, cpuUnits: 0.1 }, { encodeUnits: 4, cpuUnits: -1 })).toBe(Number.POSITIVE_INFINITY)
    expect(shareOf({ encodeUnits: 9, cpuUnits: 9 }, { encodeUnits: Number.POSITIVE_INFINITY, cpuUnits: 90 })).toBe(0.1)
  })
})
