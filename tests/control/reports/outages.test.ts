import { describe, expect, it } from 'vitest'
import { outagesOf } from '#control/reports/outages.ts'
import type { DeliverySpan } from '#schema/contracts/broadcast.ts'
import { at } from '../../support/broadcast-record.ts'

/** Spans of ten seconds each: their state, and the code of what was wrong. */
const spans = (...told: string[]): DeliverySpan[] =>
  told.map((each, index) => {
    const [state = '', code] = each.split(' ')
    const detail = `It was ${code ?? 'well'}.`
    return {
      ...{ state: state as DeliverySpan['state'], from: at(index * 10), to: at(index * 10 + 10) },
      ...{ detail, reason: code ?? null },
    }
  })
const titles = (...told: string[]) => outagesOf(spans(...told)).map(({ title }) => title('Main hall'))

describe('the outages of a destination', () => {
  it.each([
    ['unreachable', 'Main hall was not reached'],
    ['timeout', 'Main hall did not answer'],
    ['tls_failed', 'Main hall was reached, but no secure connection came about'],
    ['protocol_error', 'Main hall answered, but not as a server for streams'],
    ['closed_by_platform', 'Main hall closed the connection'],
    ['already_live', 'Main hall refused the stream: its key is in use already'],
    ['internal', 'The stream could not be sent to Main hall'],
    ['something_new', 'Main hall was not reached'],
  ])('of one that never broadcast say what %s means', (code, title) => {
    expect(titles('starting', `retrying ${code}`)).toEqual([title])
  })

  it.each([
    ['rejected_stream_key', 'Main hall refused the stream key'],
    ['rejected_passphrase', 'Main hall refused the passphrase'],
    ['rejected_app', 'Main hall refused the connection: most often the end of the address is wrong'],
    ['over_limit', 'Main hall refused the stream: it is over a limit there'],
    ['unsupported', 'Main hall does not take such a stream'],
    ['rejected', 'Main hall refused the stream'],
  ])('that are refusals say so, whatever was wrong before: %s', (code, title) => {
    const told = spans('broadcasting', 'retrying unreachable', `errored ${code}`, 'broadcasting')
    const [outage, ...more] = outagesOf(told)
    expect(more).toEqual([])
    expect(outage).toMatchObject({ from: at(10), to: at(30), isRefusal: true, detail: `It was ${code}.` })
    expect(outage?.title('Main hall')).toBe(title)
  })

  it.each([
    ['unreachable', 'Main hall was lost'],
    ['closed_by_platform', 'Main hall was lost'],
    ['still_publishing', 'Main hall was lost'],
    ['stalled', 'Main hall stopped taking the stream'],
    ['closed_soon', 'Main hall ended the stream as soon as it had begun'],
  ])('after a broadcast are its loss: %s', (code, title) => {
    expect(titles('broadcasting', 'slate', `retrying ${code}`)).toEqual([title])
  })

  it('take in the attempts that failed, and no beginning that did not', () => {
    const told = spans(
      'starting',
      'retrying timeout',
      'starting',
      'errored rejected',
      'broadcasting',
      'starting',
      'slow',
    )
    expect(outagesOf(told)).toMatchObject([{ from: at(0), to: at(40) }])
    expect(outagesOf(spans('starting', 'broadcasting', 'idle', 'starting'))).toEqual([])
  })
})
