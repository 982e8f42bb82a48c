import { describe, expect, it } from 'vitest'
import { FrameSpacing } from '#worker/ingest/frame-spacing.ts'

function spacing(timeMs: (index: number) => number, count = 100): boolean | undefined {
  const meter = new FrameSpacing()
  for (let index = 0; index < count; index++) meter.note(timeMs(index))
  return meter.varies
}

describe('the spacing of frames', () => {
  it.each<[string, (index: number) => number, boolean]>([
    ['25 a second', (index) => index * 40, false],
    ['29.97 a second in whole milliseconds', (index) => Math.round((index * 1001) / 30), false],
    ['60 a second in whole milliseconds', (index) => Math.round((index * 1000) / 60), false],
    ['one in twenty lost', (index) => (index + Math.floor(index / 20)) * 40, false],
    ['a clock that jumps', (index) => index * 40 + (index > 50 ? 3_600_000 : 0), false],
    ['33 and 100 ms in turn', (index) => Math.floor(index / 2) * 133 + (index % 2) * 33, true],
    ['as a screen changes', (index) => Math.floor(index / 4) * 440 + [0, 40, 160, 240][index % 4]!, true],
  ])('%s', (_, timeMs, varies) => {
    expect(spacing(timeMs)).toBe(varies)
  })

  it('is not known before two seconds of frames', () => {
    expect(spacing((index) => index * 40, 60)).toBeUndefined()
  })
})
