import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { broadcastTally, talliesMax } from '#schema/contracts/broadcast-tally.ts'
import { idleDestination, type PublisherStatus } from '#schema/contracts/destination.ts'
import { BroadcastCount, type BroadcastFacts } from '#worker/observe/broadcast-count.ts'

const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
const facts = (more: Partial<BroadcastFacts> = {}): BroadcastFacts => ({
  ...{ onAir: 'live', isWatched: false, destinations: new Map(), inputs: [], issues: [] },
  ...more,
})
const destination = (status: Partial<PublisherStatus>) =>
  new Map([['dst_1', { host: 'live.example.com', platform: 'twitch', status: { ...idleDestination, ...status } }]])

describe('the count of a broadcast', () => {
  it('is as long as what was found at one look had held at the next', () => {
    const count = new BroadcastCount(0)
    count.look(facts({ isWatched: true }), 0)
    count.look(facts({ onAir: 'slate' }), 10_000)
    count.look(facts({ onAir: 'live' }), 15_500)
    count.look(facts({ onAir: 'live' }), 20_000)
    const told = count.told(3)
    expect(told).toMatchObject({ began_at: at(0), at: at(20), live_seconds: 14.5, slate_seconds: 5.5, changes: 3 })
    expect(told).toMatchObject({ on_air: 'live', on_air_since: at(15.5), watched_seconds: 10 })
    expect(v.parse(broadcastTally, told)).toEqual(told)
  })

  it('tells of a destination how long it was in each state, its attempts and its losses', () => {
    const count = new BroadcastCount(0)
    const steps: [number, Partial<PublisherStatus>, BroadcastFacts['onAir']][] = [
      [0, { state: 'starting' }, 'live'],
      [1, { state: 'broadcasting', sessions: 1, bytes_sent: 100 }, 'live'],
      [5, { state: 'broadcasting', sessions: 1, bytes_sent: 500, dropped_ms: 80 }, 'slate'],
      [7, { state: 'retrying', sessions: 1, bytes_sent: 600, dropped_ms: 80 }, 'slate'],
      [8, { state: 'starting', retries: 1, sessions: 1, bytes_sent: 600, dropped_ms: 80 }, 'live'],
      [9, { state: 'errored', retries: 1, sessions: 1, bytes_sent: 600, dropped_ms: 80 }, 'live'],
      [12, { state: 'starting', retries: 2, sessions: 1, bytes_sent: 600, dropped_ms: 80 }, 'live'],
      [13, { state: 'broadcasting', sessions: 2, bytes_sent: 700, dropped_ms: 80 }, 'live'],
    ]
    for (const [seconds, status, onAir] of steps)
      count.look(facts({ onAir, destinations: destination(status) }), seconds * 1_000)
    count.look(facts({ destinations: destination({ state: 'idle', sessions: 2, bytes_sent: 900 }) }), 20_000)
    expect(count.told(0).destinations).toEqual([
      {
        ...{ id: 'dst_1', host: 'live.example.com', platform: 'twitch', state: 'idle', state_since: at(20) },
        seconds: { idle: 0, starting: 3, broadcasting: 13, retrying: 1, errored: 3 },
        ...{ slate_seconds: 2, retries: 2, losses: 1, sessions: 2, bytes_sent: 900, dropped_ms: 80 },
      },
    ])
  })

  it('counts attempts that nobody saw begin', () => {
    const count = new BroadcastCount(0)
    const retrying = (retries: number) => destination({ state: 'retrying', retries })
    for (const [second, retries] of [0, 1, 3, 4].entries())
      count.look(facts({ destinations: retrying(retries) }), second * 1_000)
    count.look(facts({ destinations: destination({ state: 'broadcasting', sessions: 1 }) }), 5_000)
    count.look(facts({ destinations: retrying(0) }), 6_000)
    count.look(facts({ destinations: retrying(1) }), 7_000)
    expect(count.told(0).destinations).toMatchObject([{ retries: 6, losses: 1 }])
  })

  it('goes on where a publisher is another after a new key, and ends where the destination is removed', () => {
    const count = new BroadcastCount(0)
    const broadcasting = (bytes_sent: number) => destination({ state: 'broadcasting', sessions: 1, bytes_sent })
    count.look(facts({ destinations: broadcasting(900) }), 0)
    count.look(facts({ destinations: broadcasting(100) }), 1_000)
    count.look(facts({ destinations: new Map() }), 2_000)
    count.look(facts({ destinations: new Map() }), 9_000)
    const [told] = count.told(0).destinations
    expect(told).toMatchObject({ bytes_sent: 1_000, state: 'idle', state_since: at(2) })
    expect(told?.seconds).toMatchObject({ broadcasting: 2, idle: 7 })
  })

  it('knows which input was on air when, and which issue was there when', () => {
    const count = new BroadcastCount(0)
    const inputs = (onAir: string) =>
      ['in_1', 'in_2'].map((id) => ({ id, name: null, type: 'push' as const, isOnAir: id === onAir }))
    const issue = { code: 'audio_missing', severity: 'warning', detail: 'No sound.', fix: 'Send one.' } as const
    count.look(facts({ inputs: inputs('in_1') }), 0)
    count.look(facts({ inputs: inputs('in_2'), issues: [issue, { ...issue, input_id: 'in_2' }] }), 4_000)
    count.look(facts({ inputs: inputs('in_2') }), 6_000)
    const told = count.told(0)
    expect(told.inputs).toMatchObject([
      { id: 'in_1', seconds: 4, stretches: [{ from: at(0), to: at(4) }] },
      { id: 'in_2', seconds: 2, stretches: [{ from: at(4), to: null }] },
    ])
    expect(told.issues).toMatchObject([
      { code: 'audio_missing', input_id: null, times: 1, seconds: 2 },
      { code: 'audio_missing', input_id: 'in_2', times: 1, seconds: 2 },
    ])
  })

  it('has a bound: what is gone for the longest makes room for what is there', () => {
    const count = new BroadcastCount(0)
    const about = { host: 'live.example.com', platform: 'custom', status: idleDestination }
    for (let index = 0; index < talliesMax + 50; index++) {
      const destinations = new Map(['stays', `dst_${index}`].map((id) => [id, about]))
      count.look(facts({ destinations }), index * 1_000)
    }
    const ids = count.told(0).destinations.map(({ id }) => id)
    expect(ids).toHaveLength(talliesMax)
    expect([ids.at(0), ids.at(1), ids.at(-1)]).toEqual(['stays', 'dst_51', `dst_${talliesMax + 49}`])
    const all = Array.from({ length: talliesMax + 5 }, (_, index) => [`new_${index}`, about] as const)
    count.look(facts({ destinations: new Map(all) }), 500_000)
    expect(count.told(0).destinations).toHaveLength(talliesMax)
  })
})
