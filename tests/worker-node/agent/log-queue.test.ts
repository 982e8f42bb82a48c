import { describe, expect, it } from 'vitest'
import { LogQueue } from '#worker/agent/log-queue.ts'

const line = (msg: string, more: object = {}) => ({
  ...{ time: '2026-11-22T10:00:00.000Z', level: 'info' as const, part: 'worker', msg, stream: 'ls_1' },
  ...more,
})

describe('what of the log goes to control', () => {
  it('is what is about streams, from info on, and all of a stream that is looked at', () => {
    const queue = new LogQueue((stream) => stream === 'ls_2')
    queue.add(line('info'))
    queue.add(line('debug', { level: 'debug' }))
    queue.add(line('looked at', { level: 'debug', stream: 'ls_2' }))
    queue.add({ ...line('of nothing'), stream: undefined as never })
    expect(queue.batch().lines.map(({ msg }) => msg)).toEqual(['info', 'looked at'])
  })

  it('is sent again until control has it, 200 lines at a time, each under its own id', () => {
    const queue = new LogQueue(() => false)
    for (let n = 0; n < 250; n++) queue.add(line(`line ${n}`))
    const first = queue.batch()
    expect([first.lines.length, new Set(first.lines.map(({ id }) => id)).size]).toEqual([200, 200])
    expect(queue.batch()).toEqual(first)
    queue.acknowledge(first)
    expect(
      queue
        .batch()
        .lines.map(({ msg }) => msg)
        .at(0),
    ).toBe('line 200')
  })

  it('is bounded: the oldest are dropped and counted, also while a heartbeat is under way', () => {
    const queue = new LogQueue(() => false)
    for (let n = 0; n < 2_000; n++) queue.add(line(`line ${n}`))
    const first = queue.batch()
    for (let n = 2_000; n < 2_100; n++) queue.add(line(`line ${n}`))
    queue.acknowledge(first)
    expect(queue.batch()).toMatchObject({ lines: { 0: { msg: 'line 200' } }, dropped: 100 })
    queue.acknowledge(queue.batch())
    expect(queue.batch().dropped).toBe(0)
    queue.add(line('x'.repeat(9_000), { err: { stack: 'y'.repeat(9_000) }, code: 'kept' }))
    const all: { msg: string }[] = []
    for (let batch = queue.batch(); batch.lines.length > 0; batch = queue.batch()) {
      all.push(...batch.lines)
      queue.acknowledge(batch)
    }
    expect(JSON.stringify(all.at(-1)).length).toBeLessThanOrEqual(2_000)
    expect(all.at(-1)).toMatchObject({ code: 'kept', stream: 'ls_1' })
  })
})
