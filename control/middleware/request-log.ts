import { createMiddleware } from 'hono/factory'
import { withoutPlaybackToken } from '../delivery/playback-name.ts'
import { keepOwnLines } from '../logs/keep.ts'
import type { Runtime } from '../runtime.ts'

/**
 * One line for each request of the API: of those that change something at `info`, of the others and of workers at `debug`.
 * Lines about a live stream are stored with it once the request is answered.
 */
export const requestLog = (runtime: Runtime) =>
  createMiddleware(async (c, next) => {
    const sinceMs = performance.now()
    await next()
    const { method } = c.req
    const path = withoutPlaybackToken(c.req.path)
    const isQuiet = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || !/^\/v1\/(?!beacons)/.test(path)
    // One that the request has made stands in its answer alone.
    const stream = streamIn(path) ?? streamIn(c.res.headers.get('location') ?? '')
    const ms = Math.round(performance.now() - sinceMs)
    // Its level first: most are not wanted, and this is on everybody's way.
    runtime.log[isQuiet ? 'debug' : 'info']?.(
      { method, path, status: c.res.status, ms, ...(stream !== undefined && { stream }) },
      `${method} ${path} ${c.res.status}`,
    )
    if (!runtime.logs.waiting.isEmpty) runtime.background(keepOwnLines(runtime))
  })

const streamIn = (path: string): string | undefined => /\/v1\/live-streams\/(ls_\w+)/.exec(path)?.[1]
