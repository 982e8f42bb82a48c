import { expect, it } from 'vitest'
import { printCsv } from '#control/statistics/csv.ts'

it('writes tables as RFC 4180 has them, and no cell that a spreadsheet takes for a formula', () => {
  expect(
    printCsv([
      ['a', 'b, "c"', null, 'line\nbreak'],
      ['=1+1', '@x', '-y', '+z'],
      [-1.5, 0, 2e-7, null],
    ]),
  ).toBe('a,"b, ""c""",,"line\nbreak"\r\n\'=1+1,\'@x,\'-y,\'+z\r\n-1.5,0,2e-7,\r\n')
})
