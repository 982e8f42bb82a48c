import { describe, expect, it } from 'vitest'
import { chooseRungs, encodeCost, type Upscaling } from '#schema/plan/ladder.ts'
import { planFeed } from '#schema/plan/own-encode.ts'

const size = (height: number) => ({ width: Math.round((height * 16) / 9 / 2) * 2, height })
const to = (height: number): Upscaling => ({ method: 'lanczos', height })
const rungs = (ladder: Parameters<typeof chooseRungs>[0], source: number, upscaling?: Upscaling) => {
  const { renditions, issues } = chooseRungs(ladder, 'tutorial', size(source), 30, upscaling)
  return {
    made: renditions.map(({ width, height, upscaler }) => `${width}x${height}${upscaler ? ` ${upscaler}` : ''}`),
    issues: issues.map(({ detail }) => detail),
  }
}

describe('a ladder of a source that is upscaled', () => {
  it('begins with what it is upscaled to, and what is not larger than the source is as it always was', () => {
    expect(rungs({ preset: 'auto' }, 720, to(1080)).made).toEqual([
      '1920x1080 lanczos',
      '1280x720',
      '854x480',
      '426x240',
    ])
    expect(rungs({ preset: 'auto' }, 540, to(720)).made).toEqual(['1280x720 lanczos', '854x480', '426x240'])
    expect(rungs({ preset: 'auto' }, 540).made).toEqual(['960x540', '426x240'])
  })

  it('changes nothing where the source is large enough, and is never smaller', () => {
    for (const source of [1080, 1440])
      expect(rungs({ preset: 'auto' }, source, to(1080))).toEqual(rungs({ preset: 'auto' }, source))
    expect(rungs({ preset: '1080p' }, 1080, to(720))).toEqual(rungs({ preset: '1080p' }, 1080))
  })

  it('holds rungs of one’s own up to there, and says so of larger ones', () => {
    const ladder = { preset: 'custom', renditions: [{ height: 1440 }, { height: 1080 }, { height: 480 }] } as const
    const { made, issues } = rungs(ladder as never, 720, to(1080))
    expect(made).toEqual(['1920x1080 lanczos', '854x480'])
    expect(issues).toEqual(['The source is 720p and is upscaled to 1080p at most, so 1440p is not made.'])
    expect(rungs({ preset: '1440p' }, 720, to(1080)).made[0]).toBe('1920x1080 lanczos')
  })

  it('keeps the shape of a picture that stands upright', () => {
    const { renditions } = chooseRungs({ preset: 'auto' }, 'tutorial', { width: 406, height: 720 }, 30, to(720))
    expect(renditions[0]).toMatchObject({ id: '720p', width: 720, height: 1276, upscaler: 'lanczos' })
  })

  it('costs a little more than the same pictures otherwise', () => {
    const [upscaled] = chooseRungs({ preset: 'auto' }, 'tutorial', size(720), 30, to(1080)).renditions
    const { upscaler: _, ...plain } = upscaled!
    const cost = (rung: typeof plain) => encodeCost([rung], size(720), 30, 'ultrafast')
    expect(cost(upscaled!) - cost(plain)).toBeCloseTo(0.03, 5)
  })
})

describe('an encode of a destination’s own', () => {
  const limitsOf = () => ({
    ...{ name: 'Anybody', maxHeight: null, maxFps: null, maxVideoKbps: null, maxAudioKbps: null },
    ...{ maxKeyframeSeconds: null, maxLongSide: null, shapes: null, minVideoKbps: null, audioRates: null, advised: {} },
  })
  const plan = (height: number, upscaling?: Upscaling) =>
    planFeed({ height }, {
      ...{ source: { ...size(720), fps: 30 }, limitsOf, audioBitrateKbps: 128, maxFps: 60, upscaling },
    } as never)

  it('may be as large as the source is upscaled to', () => {
    expect(plan(1080, to(1080))).toMatchObject({ encode: { height: 1080, upscaler: 'lanczos' }, adjustments: [] })
    expect(plan(720, to(1080)).encode).not.toHaveProperty('upscaler')
    expect(plan(1080).encode).toMatchObject({ height: 720 })
    expect(plan(2160, to(1080)).adjustments).toMatchObject([
      { asked: 2160, given: 1080, reason: 'The source is 720p and is upscaled to 1080p at most.' },
    ])
  })
})
