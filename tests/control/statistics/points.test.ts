import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { merged, placed, rolledUp } from '#control/statistics/points.ts'
import { figuresOf } from '#schema/samples/figures.ts'
import { figureValue, parseRows, printRows, type Row } from '#schema/samples/text.ts'

describe('points', () => {
  const cell = fc.option(fc.integer({ min: -1_000_000, max: 1_000_000 }), { nil: null })
  const rawRow = fc.option(fc.array(cell, { minLength: 1, maxLength: 8 }), { nil: null })
  const raw = fc
    .array(rawRow, { minLength: 1, maxLength: 200 })
    .map((rows) =>
      rows.map(
        (cells): Row | null =>
          cells && { seconds: 1, cells: cells.map((total) => (total === null ? null : { total, of: 1 })) },
      ),
    )

  it('have the same sums after any steps of rolling up and writing down as the seconds themselves', () => {
    const figures = figuresOf('s')
    const again = (rows: (Row | null)[]) => parseRows(printRows(new Map([['s', rows]]))).get('s') ?? []
    fc.assert(
      fc.property(raw, fc.nat(3_600), (rows, offset) => {
        const seconds = placed(new Map([['s', rows]]), offset, 1)
        const inSteps = rolledUp(rolledUp(rolledUp(seconds, 10), 60), 3_600)
        const atOnce = rolledUp(seconds, 3_600)
        for (const [at, row] of atOnce.get('s') ?? []) {
          const other = inSteps.get('s')?.get(at)
          expect(other?.seconds).toBe(row.seconds)
          for (const [index, { kind }] of figures.entries()) {
            const known = rows.flatMap((each, place) =>
              each && Math.floor((offset + place) / 3_600) * 3_600 === at ? (each.cells[index] ?? []) : [],
            )
            const totals = known.map(({ total }) => total)
            const expected = totals.length === 0 ? undefined : kind === 'max' ? Math.max(...totals) : sum(totals)
            expect(row.cells[index]?.total).toBe(expected)
            expect(other?.cells[index]?.total).toBe(expected)
            if (kind !== 'max' && expected !== undefined) expect(other?.cells[index]?.of).toBe(known.length)
          }
          const written = again([row])[0]
          for (const index of figures.keys())
            expect(figureValue(written, figures, index)).toBe(figureValue(row, figures, index))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('count a second once where it came twice', () => {
    const early = placed(parseRows('s=10;20'), 100, 1)
    const late = placed(parseRows('s=20;30'), 101, 1)
    const row = rolledUp(merged([early, late]), 10)
      .get('s')
      ?.get(100)
    expect(row?.seconds).toBe(3)
    expect(row?.cells[0]).toEqual({ total: 60, of: 3 })
  })
})

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
