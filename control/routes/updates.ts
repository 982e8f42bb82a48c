import { Hono } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { ApiError } from '../errors.ts'
import { describe } from '../middleware/describe.ts'
import { publicUrl } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { latestPosition, type Position, printPosition, readPosition, readUpdates } from '../streams/updates.ts'

const pollMs = 1_000
/** A comment goes out after this much silence, so that proxies keep the connection, milliseconds. */
const commentMs = 15_000
/** Watchers of one process at most; each asks the database once a second. */
const watchersMax = 200

/**
 * Live updates as Server-Sent Events (WHATWG HTML §9.2). Each watcher polls the database, which works alike on Node
 * and on edge isolates that share nothing. The id of a message is the position after it, so a watcher can resume.
 */
export const updateRoutes = (runtime: Runtime) => {
  let watchers = 0
  return new Hono().get('/', describe('Watch live streams and events', 200), async (c) => {
    if (watchers >= watchersMax)
      throw new ApiError('rate_limited', 'Too many pages are watching. Close some, or try again in a minute.', {
        retryAfterSeconds: 60,
      })
    const start = readPosition(c.req.header('last-event-id')) ?? (await latestPosition(runtime.db))
    const url = publicUrl(runtime.config, c.req.raw)
    return streamSSE(c, async (stream) => {
      watchers++
      try {
        await sendUpdates(runtime, stream, start, url)
      } catch (error) {
        // The client connects again and resumes where this ended.
        runtime.log.warn({ err: error }, 'live updates ended early')
      } finally {
        watchers--
      }
    })
  })
}

async function sendUpdates(runtime: Runtime, stream: SSEStreamingApi, start: Position, url: string): Promise<void> {
  const gone = new AbortController()
  stream.onAbort(() => gone.abort())
  const over = AbortSignal.any([gone.signal, runtime.closing])
  await stream.write(`retry: 2000\nid: ${printPosition(start)}\n\n`)
  for (let position = start, silentMs = 0; !over.aborted; await pause(pollMs, over)) {
    const updates = await readUpdates(runtime, position, url)
    for (const { name, data, position: after } of updates) {
      await stream.writeSSE({ event: name, data: JSON.stringify(data), id: printPosition(after) })
      position = after
    }
    silentMs = updates.length > 0 ? 0 : silentMs + pollMs
    if (silentMs < commentMs) continue
    await stream.write(':\n\n')
    silentMs = 0
  }
}

/** Waits `ms`, or until `signal` fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
