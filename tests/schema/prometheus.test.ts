import { describe, expect, it } from 'vitest'
import { printMetrics } from '#schema/prometheus.ts'
import { parseExposition } from '../support/exposition.ts'

describe('metrics for Prometheus', () => {
  it('are written with help, type and escaped labels', () => {
    const text = printMetrics([
      {
        ...{ name: 'weir_a', type: 'gauge', help: 'A \\ and\na line.' },
        samples: [{ labels: { name: 'a "b"\\\n' }, value: 1.5 }, { value: Number.POSITIVE_INFINITY }],
      },
      {
        name: 'weir_b_total',
        type: 'counter',
        help: 'B.',
        samples: [{ value: 3e-9 }, { labels: { x: '1' }, value: null }],
      },
      { name: 'weir_c', type: 'gauge', help: 'C.', samples: [{ value: null }] },
    ])
    expect(text).toBe(
      [
        '# HELP weir_a A \\\\ and\\na line.',
        '# TYPE weir_a gauge',
        'weir_a{name="a \\"b\\"\\\\\\n"} 1.5',
        'weir_a +Inf',
        '# HELP weir_b_total B.',
        '# TYPE weir_b_total counter',
        'weir_b_total 3e-9',
        '',
      ].join('\n'),
    )
    expect(parseExposition(text).map(({ value }) => value)).toEqual([1.5, Number.POSITIVE_INFINITY, 3e-9])
  })

  it.each([
    ['a 1\n', 'no family'],
    ['# HELP a A.\n# TYPE a gauge\na 1', 'no line feed at the end'],
    ['# HELP a A.\n# TYPE a counter\na 1\n', 'a counter without _total'],
    ['# HELP a A.\n# TYPE a gauge\na 1\na 2\n', 'a series twice'],
    ['# HELP a A.\n# TYPE a gauge\na{x=1} 2\n', 'a label without quotes'],
    ['# HELP a A.\n# TYPE a gauge\nb 2\n', 'a sample of another family'],
  ])('are not what the reader of these tests takes for them: %j has %s', (text) => {
    expect(() => parseExposition(text)).toThrow()
  })
})
