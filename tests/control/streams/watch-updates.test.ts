import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Pulse, processPulse } from '#control/pulse.ts'
import type { Runtime } from '#control/runtime.ts'
import { type FeedMessage, UpdateFeed } from '#control/streams/update-feed.ts'
import { watchUpdates } from '#control/streams/watch-updates.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { addStream } from '../../support/jobs.ts'

describe('the feed that all watchers share', () => {
  let control: TestControl
  beforeEach(async () => {
    control = await startTestControl({ choresEveryMs: 3_600_000 })
    return () => control.stop()
  })

  it('reads the database as often for 200 watchers as for one, and only when something may have changed', async () => {
    let reads = 0
    const db = new Proxy(control.runtime.db, {
      get(target, name) {
        if (name === 'batch') reads++
        return Reflect.get(target, name)
      },
    })
    // Time wakes nobody here: only a fire does.
    const hearing = processPulse()
    const pulse: Pulse = {
      isShared: true,
      get fires() {
        return hearing.fires
      },
      fire: () => hearing.fire(),
      wait: (_, signal) => hearing.wait(3_600_000, signal),
    }
    const feed = new UpdateFeed({ ...control.runtime, db, pulse }, control.url)
    const heard = Array.from({ length: 200 }, () => [] as FeedMessage[])
    const listeners = heard.map((list) => (messages: readonly FeedMessage[]) => void list.push(...messages))
    const starts = await Promise.all(listeners.map((listener) => feed.join(listener)))
    expect(new Set(starts.map(({ event }) => event)).size).toBe(1)
    const stream = await addStream(control)
    reads = 0
    hearing.fire()
    await eventually('everybody has heard', () => heard.every((list) => list.length === 2))
    expect(heard[199]?.map(({ liveStreamId, text }) => [liveStreamId, text.split('\n')[0]])).toEqual([
      [stream.id, 'event: live_stream'],
      [stream.id, 'event: event'],
    ])
    await eventually('it has looked once more, and then waits', () => reads >= 2)
    // What changed, the stream that did, and the look after it.
    expect(reads).toBeLessThanOrEqual(4)
    for (const listener of listeners) feed.leave(listener)
    expect(feed.isIdle).toBe(true)
  })
})

describe('one watcher', () => {
  let listener: ((messages: readonly FeedMessage[]) => void) | undefined
  let ended: number
  const decoder = new TextDecoder()
  const closing = new AbortController()
  const runtime = {
    now: () => new Date('2026-11-22T12:00:00Z'),
    closing: closing.signal,
    log: { info() {}, warn() {}, error() {} },
  } as unknown as Runtime
  const message = (event: number): FeedMessage => ({
    liveStreamId: 'ls_1',
    text: 'event: event\ndata: {}\n',
    position: { change: 1, event },
  })

  async function watch(isAllowed = async () => true) {
    ended = 0
    const feed = {
      join: async (given: typeof listener) => {
        listener = given
        return { change: 1, event: 1 }
      },
      leave: () => {
        listener = undefined
      },
    } as unknown as UpdateFeed
    const onEnd = () => void ended++
    const options = { feed, liveStreamId: null, lastEventId: undefined, isAllowed, onEnd }
    const reader = (await watchUpdates(runtime, options)).getReader()
    const read = async () => decoder.decode((await reader.read()).value)
    expect(await read()).toBe('retry: 2000\nid: 1-1-1795348800\n\n')
    return { reader, read }
  }
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('gets each message once, with the position after it', async () => {
    const { read } = await watch()
    listener?.([message(1), message(2), message(2), message(3)])
    expect(await read()).toBe(
      'event: event\ndata: {}\nid: 1-2-1795348800\n\nevent: event\ndata: {}\nid: 1-3-1795348800\n\n',
    )
  })

  it('gets a comment after 15 seconds of silence', async () => {
    const { read } = await watch()
    const comment = read()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(await comment).toBe(':\n\n')
  })

  it('is cut off when 500 messages wait for it', async () => {
    const { reader } = await watch()
    for (let event = 2; event < 600 && listener; event++) listener([message(event)])
    await expect(Promise.all([reader.read(), reader.read()])).rejects.toThrow('too slowly')
    expect([listener, ended]).toEqual([undefined, 1])
  })

  it('leaves when its client does', async () => {
    const { reader } = await watch()
    await reader.cancel()
    expect([listener, ended]).toEqual([undefined, 1])
  })

  it('ends within about a minute when it is not allowed any more', async () => {
    const { reader } = await watch(async () => false)
    const rest: (string | undefined)[] = []
    const over = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) rest.push(decoder.decode(read.value))
    })()
    await vi.advanceTimersByTimeAsync(75_000)
    await over
    expect(rest).toEqual([':\n\n', ':\n\n', ':\n\n', ':\n\n'])
    expect([listener, ended]).toEqual([undefined, 1])
  })
})
