import { describe, expect, it } from 'vitest'
import { composeReport } from '#control/reports/compose.ts'
import { timelineSvg } from '#control/reports/timeline-svg.ts'
import { at, broadcastRecord, destinationTally, sessionEvents, tally } from '../../support/broadcast-record.ts'

const session = { live_stream_id: 'ls_1', session_id: 'ses_1' }

describe('the picture of a broadcast’s timelines', () => {
  it('has a row for viewers and each destination, drawn to scale, and says all of it in words', () => {
    const events = sessionEvents(
      session,
      [0, 'stream.active'],
      [0, 'destination.broadcasting', 'dst_1'],
      [30, 'destination.retrying', 'dst_1'],
    )
    const svg = timelineSvg(
      composeReport(broadcastRecord(tally({ destinations: [destinationTally('dst_1')] }), events)),
    )
    const bars = [...svg.matchAll(/<rect x="([\d.]+)" [^>]*width="([\d.]+)" [^>]*><title>([^<]*)<\/title>/g)]
    expect(bars.map(([, x, width, title]) => [Number(x), Number(width), title])).toEqual([
      [210, 774, `Viewers: Live, ${at(0)} to ${at(60)}`],
      [210, 387, `dst_1.example.com: Broadcasting, ${at(0)} to ${at(30)}`],
      [597, 387, `dst_1.example.com: Trying again, ${at(30)} to ${at(60)}`],
    ])
    expect(svg).toContain('<title id="title">Timeline of the broadcast “Lecture 1”</title>')
    expect(svg).not.toMatch(/<style|style=|<script|on\w+=/)
  })

  it('lets no name become markup', () => {
    const record = broadcastRecord(tally({ destinations: [destinationTally('dst_1')] }))
    const name = `</text><script>alert("1")</script>&\u0000'`
    const svg = timelineSvg(
      composeReport({ ...record, row: { ...record.row, name }, destinationNames: new Map([['dst_1', name]]) }),
    )
    expect(svg).not.toContain('<script')
    expect(svg).not.toContain('\u0000')
    expect(svg).toContain('&#60;/text&#62;&#60;script&#62;')
  })
})
