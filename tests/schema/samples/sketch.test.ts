import { describe, expect, it } from 'vitest'
import { Sketch } from '#schema/samples/sketch.ts'

const sketchOf = (from: number, to: number): Sketch => {
  const sketch = new Sketch()
  for (let index = from; index < to; index++) sketch.add(`page ${index}`)
  return sketch
}

describe('a sketch', () => {
  it('counts a few exactly, however often they come', () => {
    const sketch = sketchOf(0, 200)
    sketch.merge(sketchOf(100, 250))
    sketch.merge(sketchOf(0, 10))
    expect(sketch.count).toBe(250)
    expect(Sketch.parse(sketch.text).count).toBe(250)
  })

  it.each([300, 2_000, 20_000, 200_000])('counts %i within 8 %%, in 2 KiB', (many) => {
    const sketch = sketchOf(0, many)
    expect(Math.abs(sketch.count - many) / many).toBeLessThan(0.08)
    expect(sketch.text.length).toBeLessThan(2_100)
    expect(Sketch.parse(sketch.text).count).toBe(sketch.count)
  })

  it('is the same whichever processes counted what, in any order', () => {
    const whole = sketchOf(0, 3_000)
    const one = sketchOf(0, 1_000)
    one.merge(Sketch.parse(sketchOf(900, 2_500).text))
    one.merge(sketchOf(2_400, 3_000))
    const other = sketchOf(2_400, 3_000)
    other.merge(sketchOf(0, 100))
    other.merge(sketchOf(50, 2_500))
    expect([one.count, other.count]).toEqual([whole.count, whole.count])
    expect(one.text).toBe(whole.text)
  })

  it('is empty where the text is none of ours', () => {
    for (const text of ['', 'x', 'hello', 'h', 'x-1,zzzzzzzzz,é']) expect(Sketch.parse(text).count).toBe(0)
  })
})
