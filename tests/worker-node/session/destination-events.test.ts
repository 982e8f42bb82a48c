import { describe, expect, it } from 'vitest'
import { idleDestination, type PublisherStatus } from '#schema/contracts/destination.ts'
import { DestinationEvents } from '#worker/session/destination-events.ts'

const url = 'rtmps://live.example.com:443/app/secret-part'

function reporter() {
  const told: string[] = []
  const events = new DestinationEvents((type, detail) => told.push(`${type}: ${detail}`))
  const report = (more: Partial<PublisherStatus>, id = 'dst_1', at = url) =>
    events.report(id, at, { ...idleDestination, ...more })
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
      'destination.starting: Connecting to live.example.com.',
      'destination.broadcasting: live.example.com receives the stream.',
      'destination.broadcasting: live.example.com: The line is too slow. Do this.',
      'destination.retrying: live.example.com: Nobody answers. Do this.',
      'destination.errored: live.example.com: The key was refused. Do this.',
      'destination.idle: live.example.com no longer receives the stream.',
    ])
  })

  it('say the host of its address and nothing more, or no address at all', () => {
    const { told, report } = reporter()
    report({ state: 'retrying' })
    report({ state: 'retrying' }, 'dst_2', 'not an address/secret-part')
    expect(told).toEqual([
      'destination.retrying: live.example.com: The connection was lost; it is tried again.',
      'destination.retrying: A destination: The connection was lost; it is tried again.',
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
      'destination.idle: live.example.com no longer receives the stream.',
      'destination.starting: Connecting to live.example.com.',
    ])
  })

  it('say why one no longer broadcasts that could', () => {
    const told: unknown[] = []
    const events = new DestinationEvents((_type, detail, about) => told.push([detail, about?.reason]))
    const detail = 'It was stopped at 18:00 UTC, as it was set to.'
    events.report('dst_1', url, { ...idleDestination, state: 'broadcasting' })
    events.report('dst_1', url, idleDestination, { reason: 'stop_time_reached', detail, since: null })
    expect(told[1]).toEqual([`live.example.com: ${detail}`, 'stop_time_reached'])
  })

  it('are part of a report where the destination takes a turn, and not where it only tries again', () => {
    const turns: string[] = []
    const events = new DestinationEvents((type, _detail, about) => {
      if (about) turns.push(`${about.destination_id} ${type}`)
    })
    const report = (more: Partial<PublisherStatus>) => events.report('dst_1', url, { ...idleDestination, ...more })
    report({ state: 'starting' })
    for (let attempt = 0; attempt < 5; attempt++) {
      report({ state: 'retrying', last_error: failed('unreachable', 'Nobody answers.') })
      report({ state: 'starting', last_error: failed('unreachable', 'Nobody answers.') })
    }
    report({ state: 'errored', last_error: failed('rejected_stream_key', 'The key was refused.') })
    report({ state: 'starting' })
    report({ state: 'broadcasting' })
    report({ state: 'retrying', last_error: failed('unreachable', 'Nobody answers.') })
    expect(turns).toEqual([
      ...['dst_1 destination.starting', 'dst_1 destination.retrying', 'dst_1 destination.errored'],
      ...['dst_1 destination.broadcasting', 'dst_1 destination.retrying'],
    ])
  })
})
