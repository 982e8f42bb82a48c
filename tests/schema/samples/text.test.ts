import { describe, expect, it } from 'vitest'
import { figuresOf } from '#schema/samples/figures.ts'
import { combineRows, figureValue, parseRows, printSecond } from '#schema/samples/text.ts'

const second = (subject: string, ...values: (number | null)[]) => `${subject}=${printSecond(subject, values)}`

describe('samples as text', () => {
  it('are whole numbers by scale, and nothing where nothing is known', () => {
    expect(printSecond('s', [5012.4, 4800, 29.97, null, 300, 1])).toBe('5012,4800,300,,300,1')
    expect(printSecond('s', [null, Number.NaN])).toBe('')
  })

  it('are read back in their units', () => {
    const rows = parseRows(`${second('s', 5012, 4800, 29.9)}|${second('d.dst_1', 2900, 20, 0, 34.4, 1)}`)
    const figures = figuresOf('s')
    const row = rows.get('s')?.[0]
    expect([0, 1, 2, 3].map((index) => figureValue(row, figures, index))).toEqual([5012, 4800, 29.9, null])
    expect(figureValue(rows.get('d.dst_1')?.[0], figuresOf('d.dst_1'), 3)).toBe(34)
  })

  it('leave out what makes no sense', () => {
    const rows = parseRows('s=1,x,,;;abc*3;2|nonsense|constructor=1|d.=1|=1|x.y=1|s.=1')
    expect([...rows.keys()]).toEqual(['s'])
    expect(rows.get('s')).toHaveLength(4)
    expect(rows.get('s')?.[0]?.cells).toEqual([{ total: 1, of: 1 }, null, null, null])
    expect(rows.get('s')?.[2]).toBeNull()
  })

  it('are one row unchanged where there is one', () => {
    const row = { seconds: 1, cells: [{ total: 1, of: 1 }] }
    expect(combineRows([null, row, null], figuresOf('s'))).toBe(row)
    expect(combineRows([null], figuresOf('s'))).toBeNull()
  })
})
