import { describe, expect, it } from 'vitest'
import { type Change, initialState, inOrder, reduce } from '#control/dashboard/state.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'

const stream = (id: string, created_at: string, name = id) => ({ id, created_at, name }) as LiveStream
const event = (id: string, live_stream_id: string, second: number) => ({
  id,
  live_stream_id,
  type: 'stream.active',
  detail: id,
  at: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
})
const stateAfter = (...changes: Change[]) => changes.reduce(reduce, initialState)

describe('what the dashboard shows', () => {
  it('takes over the list, then each change', () => {
    const state = stateAfter(
      { type: 'listed', streams: [stream('a', '1'), stream('b', '2')] },
      { type: 'live_stream', stream: stream('a', '1', 'renamed') },
      { type: 'live_stream', stream: stream('c', '3') },
      { type: 'live_stream_deleted', id: 'b' },
    )
    expect(inOrder(state.streams!).map(({ name }) => name)).toEqual(['c', 'renamed'])
  })

  it('keeps events only of streams that somebody looked at, newest first, each once, and a bounded number', () => {
    const listed = stateAfter({ type: 'events_listed', id: 'a', events: [event('e1', 'a', 1)] })
    const state = [event('e2', 'a', 2), event('e1', 'a', 1), event('x', 'b', 3)]
      .map((each): Change => ({ type: 'event', event: each }))
      .reduce(reduce, listed)
    expect(state.events.get('a')!.map(({ id }) => id)).toEqual(['e2', 'e1'])
    expect(state.events.has('b')).toBe(false)
    const many = Array.from({ length: 500 }, (_, n): Change => ({ type: 'event', event: event(`m${n}`, 'a', n % 60) }))
    expect(many.reduce(reduce, listed).events.get('a')!.length).toBeLessThanOrEqual(100)
  })

  it('forgets everything at sign-out, and nothing where the session ran out', () => {
    const known = stateAfter({ type: 'listed', streams: [stream('a', '1')] })
    expect(reduce(known, { type: 'session', session: 'over' }).streams?.size).toBe(1)
    expect(reduce(known, { type: 'session', session: 'signed_out' }).streams).toBeNull()
  })

  it('is the same object where nothing changed, so that nothing is drawn anew', () => {
    const open = stateAfter({ type: 'connection', connection: 'open' })
    expect(reduce(open, { type: 'connection', connection: 'open' })).toBe(open)
  })
})
