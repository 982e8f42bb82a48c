import { describe, expect, it } from 'vitest'
import type { Ladder } from '#schema/contracts/ladder.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { latencyModes } from '#schema/enums.ts'
import { latencyModeFigures } from '#schema/latency-modes.ts'
import { type PlanRequest, planEncode } from '#schema/plan/plan.ts'
import { SeededRandom } from '#tests/support/random.ts'

const source = (width: number, height: number, fps: number | null = 30): SourceDescription => ({
  protocol: 'rtmp',
  video: { codec: 'avc1', profile: null, width, height, fps, keyframe_interval_s: null, b_frames: null },
  audio: { codec: 'mp4a', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: null,
  encoder: null,
})
const custom = (...heights: number[]): Ladder => ({
  preset: 'custom',
  renditions: heights.map((height) => ({ height })),
})
const strong = 100
const plan = (request: Partial<PlanRequest> = {}) =>
  planEncode({
    latencyMode: 'tutorial',
    ladder: { preset: 'auto' },
    encoderPreset: null,
    source: source(1280, 720),
    encodeUnits: strong,
    ...request,
  })
const ids = (planned: ReturnType<typeof plan>) => planned.plan.renditions.map(({ id }) => id)
const sizes = (planned: ReturnType<typeof plan>) =>
  planned.plan.renditions.map(({ width, height }) => `${width}x${height}`)

describe('the sizes of an auto ladder', () => {
  it.each([
    [1920, 1080, 'tutorial', ['1280x720', '854x480', '426x240']],
    [1920, 1080, 'low_latency', ['1280x720', '854x480', '426x240']],
    [1920, 1080, 'high_quality', ['1920x1080', '1280x720', '854x480', '426x240']],
    [3840, 2160, 'high_quality', ['1920x1080', '1280x720', '854x480', '426x240']],
    [1280, 720, 'high_quality', ['1280x720', '854x480', '426x240']],
    [640, 360, 'tutorial', ['640x360', '426x240']],
    [426, 240, 'tutorial', ['426x240']],
    [1024, 768, 'tutorial', ['960x720', '640x480', '320x240']],
    [160, 120, 'tutorial', ['160x120']],
  ] as const)('for %d×%d in mode %s', (width, height, latencyMode, wanted) => {
    expect(sizes(plan({ latencyMode, source: source(width, height) }))).toEqual(wanted)
  })

  it('turns with a portrait source: the short side names the rendition', () => {
    const portrait = plan({ source: source(1080, 1920) })
    expect(sizes(portrait)).toEqual(['720x1280', '480x854', '240x426'])
    expect(ids(portrait)).toEqual(['720p', '480p', '240p'])
  })

  it('of an odd source are even and not above it', () => {
    expect(sizes(plan({ source: source(641, 361) }))).toEqual(['640x360', '426x240'])
    expect(sizes(plan({ source: source(641, 360) }))).toEqual(['640x360', '428x240'])
    expect(sizes(plan({ source: source(361, 641) }))).toEqual(['360x640', '240x426'])
  })

  it('leave out a rung that lies close under the top one', () => {
    expect(ids(plan({ source: source(960, 540) }))).toEqual(['540p', '240p'])
    expect(ids(plan({ source: source(900, 506) }))).toEqual(['506p', '240p'])
    expect(ids(plan({ source: source(1024, 576) }))).toEqual(['576p', '480p', '240p'])
  })

  it('assume 720p at 30 while the source is unknown, without a picture or of a size that none has', () => {
    const impossible = [source(0, 0, null), source(-5, 720, null), source(Number.NaN, 1, null), source(1e9, 2, null)]
    for (const unknown of [null, { ...source(1, 1), video: null }, ...impossible]) {
      const planned = plan({ source: unknown })
      expect(ids(planned)).toEqual(['720p', '480p', '240p'])
      expect(planned.plan.fps).toEqual({ num: 30, den: 1 })
    }
  })
})

describe('the sizes of a custom ladder', () => {
  it('are those wanted, largest first, with the bit rates wanted', () => {
    const ladder: Ladder = {
      preset: 'custom',
      renditions: [{ height: 360, video_bitrate_kbps: 777 }, { height: 1080 }, { height: 480 }],
    }
    const planned = plan({ ladder, source: source(1920, 1080) })
    expect(ids(planned)).toEqual(['1080p', '480p', '360p'])
    expect(planned.plan.renditions[2]!.videoBitrateKbps).toBe(777)
    expect(planned.issues).toEqual([])
  })

  it('are never above the source, which an issue says', () => {
    const planned = plan({ ladder: custom(1080, 720, 480), source: source(854, 480) })
    expect(ids(planned)).toEqual(['480p'])
    expect(planned.issues).toMatchObject([{ code: 'rendition_above_source', severity: 'info' }])
    expect(planned.issues[0]!.detail).toContain('1080p and 720p')
  })

  it('become the source itself where all are above it', () => {
    expect(sizes(plan({ ladder: custom(1080, 720), source: source(640, 360) }))).toEqual(['640x360'])
  })
})

describe('any plan', () => {
  it('is even, not above the source, with falling sizes and names of their own', () => {
    const random = new SeededRandom(7)
    for (let round = 0; round < 3_000; round++) {
      const [width, height] = [16 + random.below(4_000), 16 + random.below(2_400)]
      const ladder = random.fraction() < 0.5 ? custom(1080, 720, 480, 360, 240) : ({ preset: 'auto' } as const)
      const latencyMode = random.pick(latencyModes as unknown as [(typeof latencyModes)[number]])
      const planned = plan({ source: source(width, height), ladder, latencyMode, encodeUnits: random.fraction() * 3 })
      const { renditions } = planned.plan
      expect(renditions.length).toBeGreaterThan(0)
      expect(new Set(ids(planned)).size).toBe(renditions.length)
      for (const [index, rung] of renditions.entries()) {
        expect([rung.width % 2, rung.height % 2], `${width}x${height}`).toEqual([0, 0])
        expect(rung.width, `${width}x${height}`).toBeLessThanOrEqual(width)
        expect(rung.height, `${width}x${height}`).toBeLessThanOrEqual(height)
        expect(rung.height).toBeLessThan(renditions[index - 1]?.height ?? Number.POSITIVE_INFINITY)
      }
    }
  })

  it.each(latencyModes)('in mode %s has that mode’s distance of keyframes, preset and tuning', (latencyMode) => {
    const figures = latencyModeFigures[latencyMode]
    for (const fps of [15, 23.976, 25, 29.97, 50, 59.94, 60]) {
      const { plan: made } = plan({ latencyMode, source: source(1280, 720, fps) })
      const gopSeconds = (made.gopFrames * made.fps.den) / made.fps.num
      expect(Math.abs(gopSeconds - figures.gopSeconds)).toBeLessThan(0.01)
      expect(made).toMatchObject({
        ...{ preset: figures.preset, zeroLatency: figures.zeroLatency, bFrames: figures.bFrames },
      })
    }
  })

  it('takes the preset that the operator names', () => {
    expect(plan({ encoderPreset: 'superfast' }).plan.preset).toBe('superfast')
  })

  it('has bit rates that people expect', () => {
    const kbps = (side: number, fps = 30) =>
      plan({ latencyMode: 'high_quality', ladder: custom(side), source: source((side * 16) / 9, side, fps) }).plan
        .renditions[0]!.videoBitrateKbps
    for (const [side, least, most] of [
      [1080, 4_000, 6_000],
      [720, 2_200, 3_500],
      [480, 1_000, 1_600],
      [360, 600, 1_000],
      [240, 300, 500],
    ] as const) {
      expect(kbps(side), `${side}p`).toBeGreaterThanOrEqual(least)
      expect(kbps(side), `${side}p`).toBeLessThanOrEqual(most)
      expect(kbps(side, 60)).toBeGreaterThan(kbps(side))
      expect(kbps(side, 60)).toBeLessThan(2 * kbps(side))
    }
  })
})

describe('a plan for a machine that is too weak', () => {
  const full = plan().encodeUnits
  const withUnits = (encodeUnits: number) => plan({ encodeUnits })

  it('drops the middle first, then the smallest, and keeps the best picture', () => {
    expect(ids(withUnits(full / 0.9 + 0.01))).toEqual(['720p', '480p', '240p'])
    expect(ids(withUnits(full / 0.9 - 0.01))).toEqual(['720p', '240p'])
    expect(ids(withUnits(0.6))).toEqual(['720p'])
    expect(ids(withUnits(0.5))).toEqual(['480p'])
    expect(ids(withUnits(0.3))).toEqual(['240p'])
    expect(ids(withUnits(0))).toEqual(['240p'])
  })

  it('lets a smaller middle rung stay where the larger does not fit', () => {
    const ladder = custom(1080, 720, 360, 240)
    const encodeUnits = plan({ ladder: custom(1080, 360, 240), source: source(1920, 1080) }).encodeUnits / 0.9 + 0.01
    expect(ids(plan({ ladder, source: source(1920, 1080), encodeUnits }))).toEqual(['1080p', '360p', '240p'])
  })

  it('names what it dropped and what to do', () => {
    const { issues } = withUnits(0.6)
    expect(issues).toMatchObject([{ code: 'rendition_over_capacity', severity: 'warning' }])
    expect(issues[0]!.detail).toContain('480p and 240p')
    expect(issues[0]!.fix).toContain('preset')
  })

  it('says what it takes of the machine: less for fewer, smaller, slower and cheaper pictures', () => {
    const units = (request: Partial<PlanRequest>) => plan(request).encodeUnits
    expect(withUnits(0.75).encodeUnits).toBeLessThanOrEqual(0.75 * 0.9)
    expect(units({ ladder: custom(480) })).toBeLessThan(units({ ladder: custom(720) }))
    expect(units({ source: source(1280, 720, 25) })).toBeLessThan(units({}))
    expect(units({ encoderPreset: 'superfast' })).toBeLessThan(units({}))
    expect(units({ ladder: custom(1080), source: source(1920, 1080) })).toBeCloseTo(1, 0)
  })
})
