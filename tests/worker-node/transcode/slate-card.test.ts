import { describe, expect, it } from 'vitest'
import { layoutCard } from '#worker/transcode/slate-card.ts'

const wide = { width: 1280, height: 720 }
const small = { width: 320, height: 180 }
const tall = { width: 720, height: 1280 }
const lines = (heading: string, title: string, size = wide) => layoutCard(heading, title, size).lines
const long = 'We are having a short break and will be back at half past ten with questions and answers'

describe('the card', () => {
  it('has the words large on one line, and the stream’s name below', () => {
    const [heading, title, ...more] = lines('Starting soon', 'Lecture 1')
    expect(heading).toMatchObject({ text: 'Starting soon', bold: true, fontSize: 82 })
    expect(title).toMatchObject({ text: 'Lecture 1', bold: false })
    expect(title!.baseline - heading!.baseline).toBeGreaterThan(title!.fontSize)
    expect(more).toEqual([])
  })

  it.each([wide, small, tall, { width: 4096, height: 2304 }])('holds long words in smaller lines, at %j', (size) => {
    for (const heading of [long, 'x'.repeat(160), 'Überraschung '.repeat(12)]) {
      const all = lines(heading, 'A name that is rather long as well, for a stream about nothing in particular', size)
      const bold = all.filter((line) => line.bold)
      expect(bold.length).toBeGreaterThan(1)
      expect(bold.length).toBeLessThanOrEqual(5)
      const baselines = all.map(({ baseline }) => baseline)
      expect(baselines).toEqual(baselines.toSorted((a, b) => a - b))
      expect(all[0]!.baseline - all[0]!.fontSize).toBeGreaterThan(0)
      expect(all.at(-1)!.baseline).toBeLessThan(size.height)
      // DejaVu Sans Bold is about two thirds of an em wide.
      for (const { text, fontSize } of bold) expect(text.length * fontSize * 0.5).toBeLessThan(size.width)
    }
  })

  it('leaves out what fonts can not draw, and may be without words', () => {
    expect(lines('🎉 Party\u0007 time 🎉', '').map(({ text }) => text)).toEqual(['Party time'])
    expect(lines('🎉', '')).toEqual([])
    expect(lines('🎉', 'Lecture 1').map(({ text }) => text)).toEqual(['Lecture 1'])
  })
})
