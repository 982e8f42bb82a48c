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
const cacheableBytesMax = 16 * 1024 * 1024

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

/** The HLS directives (rfc8216bis §6.2.5), and the one way to write each of their values. */
const directives: readonly (readonly [name: string, wellFormed: RegExp])[] = [
  ['_HLS_msn', /^(0|[1-9]\d{0,14})$/],
  ['_HLS_part', /^(0|[1-9]\d{0,14})$/],
  ['_HLS_skip', /^(YES|v2)$/],
]

/** What a viewer asks for. */
export interface MediaRequest {
  /** The path with the HLS directives in one order; every other parameter is left out. Also the cache's key. */
  readonly key: string
  /** False for free text in a directive: the origin refuses it, and nobody may push what is kept out of the cache with it. */
  readonly cacheable: boolean
}

/** Reads what the address of a media request asks for. */
export function readMediaRequest(url: URL): MediaRequest {
  const given = directives.flatMap(([name, wellFormed]) => {
    const value = url.searchParams.get(name)
    return value === null
      ? []
      : [{ text: `${name}=${encodeURIComponent(value)}`, isWellFormed: wellFormed.test(value) }]
  })
  return {
    key: given.length === 0 ? url.pathname : `${url.pathname}?${given.map(({ text }) => text).join('&')}`,
    cacheable: given.every(({ isWellFormed }) => isWellFormed),
  }
}
