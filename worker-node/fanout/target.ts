/** Where and how to publish, in the terms of RTMP's `connect` and `publish` commands. */
export interface RtmpTarget {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Path of the URL with its query string: platforms keep tokens there. */
  readonly app: string
  readonly tcUrl: string
  /** What `publish` names: the stream key, query string and all. */
  readonly streamName: string
  /** `host:port`, for words that people read; holds no secret. */
  readonly address: string
}

/**
 * Reads a destination's `rtmp://` or `rtmps://` URL (default ports 1935 and 443).
 * Throws a TypeError where the URL is of no such kind; `contracts/destination.ts` refuses those earlier.
 */
export function parseTarget(url: string, streamKey: string): RtmpTarget {
  const parsed = URL.parse(url.trim())
  const secure = parsed?.protocol === 'rtmps:'
  if (!parsed || (!secure && parsed.protocol !== 'rtmp:') || parsed.hostname === '')
    throw new TypeError('A destination needs an address like rtmp://host/app or rtmps://host/app.')
  const port = parsed.port === '' ? (secure ? 443 : 1935) : Number(parsed.port)
  const app = parsed.pathname.replace(/^\/+|\/+$/g, '') + parsed.search
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    secure,
    app,
    tcUrl: `${parsed.protocol}//${parsed.host}/${app}`,
    streamName: streamKey.trim(),
    address: `${parsed.hostname}:${port}`,
  }
}
