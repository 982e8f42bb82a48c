import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveUpdates } from '#control/dashboard/live-updates.ts'
import type { Change } from '#control/dashboard/state.ts'

/** The connection that was opened last; the test says what comes over it. */
class FakeEventSource extends EventTarget {
  static last: FakeEventSource
  closed = false

  constructor() {
    super()
    FakeEventSource.last = this
  }
  close(): void {
    this.closed = true
  }
  resets(): void {
    this.dispatchEvent(new Event('reset'))
  }
  sends(): void {
    this.dispatchEvent(Object.assign(new Event('live_stream_deleted'), { data: '{"id":"ls_1"}' }))
  }
}

let lists: PromiseWithResolvers<Change[]>[]
let applied: Change[]
let updates: LiveUpdates

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeEventSource)
  lists = []
  applied = []
  updates = new LiveUpdates({
    list: () => {
      const list = Promise.withResolvers<Change[]>()
      lists.push(list)
      return list.promise
    },
    apply: (change) => applied.push(change),
  })
})
afterEach(() => {
  updates.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const connections = () => applied.flatMap((change) => (change.type === 'connection' ? [change.connection] : []))
const opened = async () => {
  updates.open()
  FakeEventSource.last.dispatchEvent(new Event('open'))
  lists[0]?.resolve([])
  await vi.advanceTimersByTimeAsync(0)
}

describe('live updates', () => {
  it('are lost where a connection hangs without an error, and come back by themselves', async () => {
    await opened()
    const hanging = FakeEventSource.last
    await vi.advanceTimersByTimeAsync(15_000)
    expect(lists).toHaveLength(2)
    lists[1]?.reject(new Error('no answer'))
    await vi.advanceTimersByTimeAsync(2_000)
    expect([hanging.closed, connections()]).toEqual([true, ['open', 'lost']])
    FakeEventSource.last.dispatchEvent(new Event('open'))
    lists[2]?.resolve([])
    await vi.advanceTimersByTimeAsync(0)
    expect(connections()).toEqual(['open', 'lost', 'open'])
  })

  it('ask nobody while updates come, and after closing', async () => {
    await opened()
    for (let times = 0; times < 3; times++) {
      await vi.advanceTimersByTimeAsync(10_000)
      FakeEventSource.last.sends()
    }
    expect(lists).toHaveLength(1)
    updates.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(lists).toHaveLength(1)
  })
  it('list everything again when they can not go on from where they were', async () => {
    await opened()
    FakeEventSource.last.resets()
    expect(lists).toHaveLength(2)
  })
})
