import { describe, expect, it } from 'vitest'
import { EventQueue } from '#worker/agent/event-queue.ts'

const at = new Date(0)

describe('events that wait for control', () => {
  it('stay until control has acknowledged them, and go out oldest first', () => {
    const queue = new EventQueue()
    for (let index = 0; index < 250; index++) queue.add('ls_a', 'test', String(index), at)
    const first = queue.batch()
    expect(first).toHaveLength(200)
    expect(queue.batch()).toEqual(first)
    queue.add('ls_a', 'test', 'late', at)
    queue.acknowledge(first)
    expect(queue.batch().map((event) => event.detail)).toEqual([
      ...Array.from({ length: 50 }, (_, i) => String(200 + i)),
      'late',
    ])
  })

  it('carry the session that they are a part of the report of, and what they are about', () => {
    const queue = new EventQueue()
    queue.add('ls_a', 'destination.idle', 'Over.', at, { session_id: 'ses_1', destination_id: 'dst_1' })
    expect(queue.batch()).toMatchObject([{ session_id: 'ses_1', destination_id: 'dst_1' }])
  })

  it('are at most a thousand; the oldest are dropped', () => {
    const queue = new EventQueue()
    for (let index = 0; index < 1_500; index++) queue.add('ls_a', 'test', String(index), at)
    expect(queue.batch()[0]!.detail).toBe('500')
  })

  it('tell of refused encoders once in ten seconds per stream, however often one comes', () => {
    const queue = new EventQueue()
    const refused = (id: string, second: number) =>
      queue.add(id, 'input.refused', String(second), new Date(second * 1_000))
    for (const second of [0, 1, 9]) refused('ls_a', second)
    refused('ls_b', 9)
    for (const second of [10, 11, 19, 20]) refused('ls_a', second)
    queue.add('ls_a', 'input.switched', 'at once', new Date(20_000))
    expect(queue.batch().map(({ live_stream_id, detail }) => `${live_stream_id} ${detail}`)).toEqual([
      ...['ls_a 0', 'ls_b 9', 'ls_a 10', 'ls_a 20', 'ls_a at once'],
    ])
  })
})
