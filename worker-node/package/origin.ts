import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { allowAll, answer, cacheFor, contentTypes, refuse } from './answer.ts'
import { answerWhen, type Directives, parseDirectives } from './blocking.ts'
import { busy, type Exchange, notYet, waitFor } from './exchange.ts'
import type { Package } from './package.ts'
import { parseRoute, type Route } from './route.ts'
import { serveMedia } from './serve-media.ts'

export interface OriginOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The package of a playback id, running or over, for a request of this kind; undefined if this worker has none. */
  resolve(playbackId: string, kind: Route['kind']): { readonly package: Package } | undefined
  /** Whether a request with this `Authorization` may have a playback id; if left out, everybody may have all. */
  admits?(playbackId: string, authorization: string | undefined): Promise<boolean>
  /** Takes requests that are not for media (an encoder's, over WHIP) with their bodies; false: it is not one of those. */
  handle?(request: IncomingMessage, response: ServerResponse): boolean
  /** Told of faults of ours, never of what clients do wrong. */
  log(message: string, error: unknown): void
  /** What players set their clocks by, Unix milliseconds: the same by which packages are timed. The machine's if left out. */
  readonly unixMs?: () => number
  /** Time a client has to read one answer, milliseconds; 120,000 if left out. */
  readonly answerTimeMs?: number
}

export interface Origin {
  readonly port: number
  /** Stops listening and drops every connection. */
  close(): Promise<void>
}

/** Bounds: connections (each of at most 16 KB of headers), and requests that one of them may have open at a time. */
const maxConnections = 20_000
const maxOpenPerConnection = 16
/** Time a client has to read one answer, unless told otherwise. */
const usualAnswerTimeMs = 120_000

/** Serves the packages of this worker over HTTP/1.1: `/live/<playback id>/…`. Rejects if it can't listen. */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const server = createServer({ keepAliveTimeout: 75_000, headersTimeout: 10_000, requestTimeout: 15_000 })
  server.maxConnections = maxConnections
  // A connection on which nothing moves is closed; blocked requests are answered sooner than that.
  server.timeout = 60_000
  const answers = new Map<ServerResponse, number>()
  const openOn = new WeakMap<Socket, number>()
  server.on('request', (request, response) => {
    const { socket } = request
    const open = (openOn.get(socket) ?? 0) + 1
    // One client that pipelines thousands of blocking requests must not take all places where requests wait.
    if (open > maxOpenPerConnection) return void socket.destroy()
    openOn.set(socket, open)
    answers.set(response, performance.now())
    const leaving = new AbortController()
    response.once('close', () => {
      answers.delete(response)
      openOn.set(socket, (openOn.get(socket) ?? 1) - 1)
      leaving.abort()
    })
    if (options.handle?.(request, response)) return
    request.resume()
    serve(options, { request, response, gone: leaving.signal }).catch((error: unknown) => {
      options.log('The origin failed to answer a request', error)
      response.destroy()
    })
  })
  const answerTimeMs = options.answerTimeMs ?? usualAnswerTimeMs
  const sweep = setInterval(() => dropSlowReaders(answers, answerTimeMs), answerTimeMs / 12)
  sweep.unref()
  await listening(server, options)
  // One connection that can't be accepted (too many open files) must not end all streams.
  server.on('error', (error) => options.log('The origin could not accept a connection', error))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      clearInterval(sweep)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

const listening = (server: Server, { host, port }: OriginOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** An answer that is read a byte at a time would hold its segment for ever: after a while it is cut off. */
function dropSlowReaders(answers: ReadonlyMap<ServerResponse, number>, answerTimeMs: number): void {
  const oldest = performance.now() - answerTimeMs
  for (const [response, startedAt] of answers) if (startedAt < oldest) response.destroy()
}

async function serve(
  { resolve, admits, unixMs = Date.now }: Pick<OriginOptions, 'resolve' | 'unixMs' | 'admits'>,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  if (request.method === 'OPTIONS') return allowAll(response)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(request, response, 405, 'Only GET, HEAD and OPTIONS are served here.')
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const route = parseRoute(path)
  const live = route === null ? undefined : resolve(route.playbackId, route.kind)?.package
  if (route === null || live === undefined) return refuse(request, response, 404, 'There is no stream here now.')
  if (admits && !(await admits(route.playbackId, request.headers.authorization)))
    return refuse(request, response, 403, 'This stream is served by its control plane only.')
  switch (route.kind) {
    case 'time':
      return answer(request, response, contentTypes.text, cacheFor.never, [
        Buffer.from(new Date(unixMs()).toISOString()),
      ])
    case 'snapshot':
      if (live.snapshot === null) return refuse(request, response, 404, 'There is no picture of this stream yet.')
      return answer(request, response, contentTypes.jpeg, cacheFor.seconds(4), [live.snapshot])
    case 'multivariant':
      if (!live.playable) return notYet(exchange)
      return answer(request, response, contentTypes.playlist, cacheFor.seconds(live.figures.targetDuration / 2), [
        live.multivariant(),
      ])
    case 'manifest':
      if (!live.playable) return notYet(exchange)
      return answer(request, response, contentTypes.manifest, cacheFor.seconds(1), [live.manifest()])
    case 'playlist':
      return servePlaylist({ resolve, unixMs, ...(admits && { admits }) }, live, route.trackId, query, exchange)
    default:
      return serveMedia(live, route, exchange)
  }
}

async function servePlaylist(
  options: Pick<OriginOptions, 'resolve' | 'unixMs' | 'admits'>,
  live: Package,
  trackId: string,
  query: string,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  const packager = live.listed(trackId)
  if (packager === undefined) return refuse(request, response, 404, 'This stream has no such track.')
  if (!live.playable) return notYet(exchange)
  const directives = parseDirectives(query)
  if (directives === null)
    return refuse(request, response, 400, '_HLS_msn and _HLS_part are whole numbers, and _HLS_part needs _HLS_msn.')
  const when = () =>
    live.isClosed || live.isSuperseded ? 'now' : answerWhen(packager.window, directives.until, live.figures)
  if (when() === 'refuse') return refuse(request, response, 400, 'That is too far ahead of the end of this playlist.')
  const result = await waitFor(live, packager, () => when() === 'now', exchange)
  if (result === 'gone') return
  if (result !== 'ready') return busy(exchange, result)
  if (live.isSuperseded) return serve(options, exchange)
  answer(request, response, contentTypes.playlist, playlistCache(live, directives), [
    live.playlist(packager, directives.skip),
  ])
}

/** A blocking answer never changes under its `_HLS_msn` and `_HLS_part`; a plain one is old in a second. */
const playlistCache = (live: Package, { until }: Directives): string =>
  cacheFor.seconds(until === null || live.isClosed ? 1 : 6 * live.figures.targetDuration)
