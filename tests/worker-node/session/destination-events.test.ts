import { describe, expect, it } from 'vitest'
import { idleDestination, type PublisherStatus } from '#schema/contracts/destination.ts'
import { DestinationEvents } from '#worker/session/destination-events.ts'

const name = 'My channel'

function reporter() {
  const told: string[] = []
  const events = new DestinationEvents((type, detail) => told.push(`${type}: ${detail}`))
  const report = (more: Partial<PublisherStatus>, id = 'dst_1') =>
    events.report(id, name, { ...idleDestination, ...more })
  return { told, events, report }
}
const failed = (code: string, detail: string) => ({ code, detail, fix: 'Do this.', severity: 'error' as const })

describe('the events of a destination', () => {
  it('are one for each change that a person would call one', () => {
    const { told, report } = reporter()
    report({ state: 'starting' })
    report({ state: 'broadcasting' })
    report({ state: 'broadcasting', bytes_sent: 1_000, bitrate_kbps: 800 })
    report({ state: 'broadcasting', last_error: failed('too_slow', 'The line is too slow.') })
    report({ state: 'broadcasting', last_error: failed('too_slow', 'The line is too slow.'), dropped_ms: 400 })
    report({ state: 'retrying', retries: 1, last_error: failed('unreachable', 'Nobody answers.') })
    report({ state: 'retrying', retries: 2, last_error: failed('unreachable', 'Nobody answers.') })
    report({ state: 'errored', last_error: failed('rejected_stream_key', 'The key was refused.') })
    report({ state: 'idle' })
    expect(told).toEqual([
      'destination.starting: Connecting to My channel.',
      'destination.broadcasting: My channel receives the stream.',
      'destination.broadcasting: My channel: The line is too slow. Do this.',
      'destination.retrying: My channel: Nobody answers. Do this.',
      'destination.errored: My channel: The key was refused. Do this.',
      'destination.idle: My channel no longer receives the stream.',
    ])
  })

  it('are kept apart by destination, and one that is removed is idle and begins anew', () => {
    const { told, events, report } = reporter()
    report({ state: 'starting' })
    report({ state: 'starting' }, 'dst_2')
    events.keepOnly(['dst_2'])
    report({ state: 'starting' })
    report({ state: 'starting' }, 'dst_2')
    expect(told.slice(2)).toEqual([
      'destination.idle: My channel no longer receives the stream.',
      'destination.starting: Connecting to My channel.',
    ])
  })

  it('say why one no longer broadcasts that could', () => {
    const told: unknown[] = []
    const events = new DestinationEvents((_type, detail, about) => told.push([detail, about?.reason]))
    const detail = 'It was stopped at 18:00 UTC, as it was set to.'
    events.report('dst_1', name, { ...idleDestination, state: 'broadcasting' })
    events.report('dst_1', name, idleDestination, { reason: 'stop_time_reached', detail, since: null })
    expect(told[1]).toEqual([`My channel: ${detail}`, 'stop_time_reached'])
  })

  it('tell an outage once, and again with each reason that is new in it, and whose it is', () => {
    const told: unknown[] = []
    const events = new DestinationEvents((type, _detail, about) =>
      told.push([about?.destination_id, type, about?.reason]),
    )
    const report = (state: PublisherStatus['state'], code?: string) =>
      events.report('dst_1', name, { ...idleDestination, state, last_error: code ? failed(code, 'No.') : null })
    const outage = () => {
      for (const code of ['unreachable', 'unreachable', 'timeout', 'unreachable', 'timeout']) {
        report('retrying', code)
        report('starting', code)
      }
      report('errored', 'rejected_stream_key')
      report('starting', 'rejected_stream_key')
    }
    report('starting')
    outage()
    report('broadcasting')
    outage()
    const once = [
      ['dst_1', 'destination.retrying', 'unreachable'],
      ['dst_1', 'destination.retrying', 'timeout'],
      ['dst_1', 'destination.errored', 'rejected_stream_key'],
    ]
    expect(told).toEqual([
      ['dst_1', 'destination.starting', undefined],
      ...once,
      ['dst_1', 'destination.broadcasting', undefined],
      ...once,
    ])
  })
})
