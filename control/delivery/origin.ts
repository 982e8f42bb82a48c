import { ApiError } from '../errors.ts'
import type { FetchMedia } from './media-cache.ts'

/** Longest wait for an origin's first byte, milliseconds: longer than any blocking playlist reload (18 s). */
const firstByteMs = 30_000
/** Seconds after which a player may ask again when the worker does not answer. */
const retryAfterSeconds = 1

/** Headers of an origin's answer that go on to the viewer; everything else stays inside. */
const passedHeaders = ['content-length', 'cache-control', 'etag', 'last-modified', 'retry-after']

/**
 * The types that an origin of ours sends. Anything else would be served in the dashboard's name, so it goes on as bytes
 * that no browser shows or runs.
 */
const mediaTypes = new Map([
  ['application/vnd.apple.mpegurl', 'application/vnd.apple.mpegurl'],
  ['application/dash+xml', 'application/dash+xml'],
  ['video/mp4', 'video/mp4'],
  ['audio/mp4', 'audio/mp4'],
  ['image/jpeg', 'image/jpeg'],
  ['text/plain', 'text/plain; charset=utf-8'],
])

/** Asks a worker's origin. A worker that does not answer is a 503. */
export const fetchFromOrigin: FetchMedia = async ({ method, worker, path, authorization }, signal) => {
  const tooLate = new AbortController()
  const timer = setTimeout(() => tooLate.abort(), firstByteMs)
  let response: Response
  try {
    response = await fetch(new URL(path, worker.originUrl), {
      method,
      headers: { 'accept-encoding': 'identity', ...(authorization !== undefined && { authorization }) },
      redirect: 'manual',
      signal: AbortSignal.any([signal, tooLate.signal]),
    })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw unreachable(cause)
  } finally {
    clearTimeout(timer)
  }
  if (!isFromOrigin(response.status)) {
    await response.body?.cancel()
    throw unreachable(`status ${response.status}`)
  }
  return new Response(response.body, { status: response.status, headers: passed(response.headers) })
}

/**
 * What an origin of ours answers. Other failures come from a proxy between us (Cloudflare answers 520–530 for a host
 * that is down); a redirect is followed nowhere, as it may point inside our network.
 */
const isFromOrigin = (status: number) => status === 503 || status < 300 || (status >= 400 && status < 500)

/** Says that a worker does not answer. */
export const unreachable = (cause: unknown) =>
  new ApiError('worker_unreachable', 'The machine that runs this stream does not answer. Try again shortly.', {
    cause,
    retryAfterSeconds,
  })

function passed(from: Headers): Headers {
  const [type = ''] = (from.get('content-type') ?? '').split(';', 1)
  const headers = new Headers({
    'content-type': mediaTypes.get(type.trim().toLowerCase()) ?? 'application/octet-stream',
  })
  for (const name of passedHeaders) {
    const value = from.get(name)
    if (value !== null) headers.set(name, value)
  }
  // A proxy between us has packed it after all, and the runtime unpacked it: that was the length of the package.
  if (from.has('content-encoding')) headers.delete('content-length')
  return headers
}
