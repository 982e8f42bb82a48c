import { afterEach, expect, it, vi } from 'vitest'
import type { SessionFeed } from '#worker/session/feed.ts'
import { SessionFeeds } from '#worker/session/feeds.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('a fault in a feed costs its own session and not the process', async () => {
  vi.useFakeTimers()
  const fault = new Error('a fault of ours')
  const feed = {
    tick: () => {
      throw fault
    },
    end: async () => {},
    slate: { idle: async () => {} },
  } as unknown as SessionFeed
  const faults: unknown[] = []
  const feeds = new SessionFeeds({
    create: () => feed,
    onEnd: () => {},
    onFault: (error) => {
      faults.push(error)
      void feeds.end()
    },
  })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(faults).toEqual([fault])
})
