import { describe, expect, it } from 'vitest'
import { type Glance, GlanceReader, glanceSize } from '#worker/transcode/glance.ts'

const pixels = glanceSize.width * glanceSize.height
const plain = (level: number) => new Uint8Array(pixels).fill(level)
const withPixels = (base: number, count: number, level: number) => plain(base).fill(level, 0, count)

function judge(...pictures: Uint8Array[]): Glance[] {
  const glances: Glance[] = []
  const reader = new GlanceReader((glance) => glances.push(glance))
  const bytes = Buffer.concat(pictures)
  for (let at = 0; at < bytes.length; at += 10_007) reader.push(bytes.subarray(at, at + 10_007))
  return glances
}

describe('a glance at the picture', () => {
  it.each([
    ['video black', plain(16), true],
    ['black with noise', withPixels(16, 200, 80), true],
    ['black with words', withPixels(16, 400, 235), false],
    ['a dark grey card', plain(45), false],
  ])('at %s', (_, picture, isBlack) => {
    expect(judge(picture)[0]!.isBlack).toBe(isBlack)
  })

  it('finds the same picture still, encoding noise or not, and another one not', () => {
    const stills = judge(plain(100), plain(104), plain(97), plain(140), plain(140)).map(({ isStill }) => isStill)
    expect(stills).toEqual([false, true, true, false, true])
  })

  it('finds a slow fade moving', () => {
    const fade = Array.from({ length: 20 }, (_, step) => plain(100 + 2 * step))
    expect(judge(...fade).filter(({ isStill }) => !isStill).length).toBeGreaterThan(2)
  })

  it('sees something as small as a 50th of each side', () => {
    expect(judge(plain(60), withPixels(60, 15, 200)).map(({ isStill }) => isStill)).toEqual([false, false])
  })
})
