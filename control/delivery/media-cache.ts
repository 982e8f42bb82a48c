/** An answer of a worker's origin that a viewer asks for. */
export interface MediaAsked {
  readonly method: 'GET' | 'HEAD'
  readonly worker: { readonly id: string; readonly originUrl: string }
  /** With the HLS directives and nothing else of the query. */
  readonly path: string
  /** False: nothing of it is kept, and nobody else's request waits for it. */
  readonly cacheable: boolean
  /** What the worker must see where it serves nobody but control (`Authorization`). */
  readonly authorization: string | undefined
}

/** Asks the worker's origin. The signal fires when nobody waits for the answer any more. */
export type FetchMedia = (asked: MediaAsked, signal: AbortSignal) => Promise<Response>

/** Serves media answers from near the viewer. `viewer` fires when he has gone; `place` names the cache node he came to. */
export interface MediaCache {
  serve(asked: MediaAsked, viewer: AbortSignal, place: string | undefined): Promise<Response>
}

/** What two requests must have in common to get the same answer. Who asks is not in it, and no token either. */
export const cacheKey = ({ method, worker, path }: MediaAsked): string =>
  `${method === 'HEAD' ? '/head' : ''}/${worker.id}${path}`

/** A whole answer larger than this is passed through, bytes. */
export const cacheableBytesMax = 16 * 1024 * 1024

/**
 * Seconds that `response` may be kept, 0 for not at all: a 200 of known length (an open DASH segment is chunked and
 * has none) that its Cache-Control (RFC 9111) allows shared caches to keep.
 */
export function cacheSeconds(response: Response): number {
  const length = response.headers.get('content-length')
  if (response.status !== 200 || length === null || Number(length) > cacheableBytesMax) return 0
  return allowedSeconds(response.headers)
}

/** Seconds for which Cache-Control allows shared caches to keep an answer. */
export function allowedSeconds(headers: Headers): number {
  const control = headers.get('cache-control') ?? ''
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

/** What the address of a media request asks for. */
interface MediaAddress {
  /** The path with the HLS directives in one order; every other parameter is left out. */
  readonly path: string
  /** False for free text in a directive: the origin refuses it, and nobody may push what is kept out of the cache with it. */
  readonly cacheable: boolean
}

/** Reads what the address of a media request asks for. */
export function readMediaAddress(pathname: string, query: URLSearchParams): MediaAddress {
  const given = directives.flatMap(([name, wellFormed]) => {
    const value = query.get(name)
    return value === null
      ? []
      : [{ text: `${name}=${encodeURIComponent(value)}`, isWellFormed: wellFormed.test(value) }]
  })
  return {
    path: given.length === 0 ? pathname : `${pathname}?${given.map(({ text }) => text).join('&')}`,
    cacheable: given.every(({ isWellFormed }) => isWellFormed),
  }
}
