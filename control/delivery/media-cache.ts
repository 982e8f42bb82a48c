/** Fetches from the worker's origin. The signal fires when no client waits for the answer any more. */
export type LoadMedia = (signal: AbortSignal) => Promise<Response>

/**
 * Serves media answers from near the viewer. `key` is the path with the three HLS directives and nothing else.
 * `client` fires when the viewer has gone.
 */
export interface MediaCache {
  serve(key: string, load: LoadMedia, client: AbortSignal): Promise<Response>
}

/** A whole answer larger than this is passed through, bytes. */
export const cacheableBytesMax = 16 * 1024 * 1024

/**
 * Seconds that `response` may be kept, 0 for not at all: a 200 of known length (an open DASH segment is chunked and
 * has none) that its Cache-Control (RFC 9111) allows shared caches to keep.
 */
export function cacheSeconds(response: Response): number {
  const length = response.headers.get('content-length')
  if (response.status !== 200 || length === null || Number(length) > cacheableBytesMax) return 0
  const control = response.headers.get('cache-control') ?? ''
  if (/\b(no-store|no-cache|private)\b/i.test(control)) return 0
  const seconds = /\bs-maxage=(\d+)/i.exec(control)?.[1] ?? /\bmax-age=(\d+)/i.exec(control)?.[1]
  return seconds === undefined ? 0 : Number(seconds)
}

const directives = ['_HLS_msn', '_HLS_part', '_HLS_skip'] as const

/** `pathname` with the HLS directives (rfc8216bis §6.2.5) in one order; every other parameter is left out. */
export function mediaKey(url: URL): string {
  const kept = directives.flatMap((name) => {
    const value = url.searchParams.get(name)
    return value === null ? [] : [`${name}=${encodeURIComponent(value)}`]
  })
  return kept.length === 0 ? url.pathname : `${url.pathname}?${kept.join('&')}`
}
