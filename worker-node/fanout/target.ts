/** Where a destination is and how to publish there. */
export type Target = RtmpTarget | SrtTarget

interface AnyTarget {
  readonly host: string
  readonly port: number
  /** What the destination knows the stream by: the stream key, query string and all. */
  readonly streamName: string
  /** `host:port`, for words that people read; holds no secret. */
  readonly address: string
}

/** In the terms of RTMP's `connect` and `publish` commands. */
export interface RtmpTarget extends AnyTarget {
  readonly protocol: 'rtmp'
  readonly secure: boolean
  /** Path of the URL with its query string: platforms keep tokens there. */
  readonly app: string
  readonly tcUrl: string
}

/** An SRT listener that we call. `streamName` is the stream id; '' for none. */
export interface SrtTarget extends AnyTarget {
  readonly protocol: 'srt'
  /** For so long a lost packet may be sent again, milliseconds. */
  readonly latencyMs: number
  /** What is encrypted with; null: nothing is. */
  readonly passphrase: string | null
}

/** FFmpeg counts µs where everybody else counts ms: 10 s are never meant. */
const leastLatencyUs = 10_000

/** What is known of a destination's address. */
export interface Address {
  readonly url: string
  readonly streamKey: string
  /** For srt:// only; left out or null: without encryption. */
  readonly srtPassphrase?: string | null
}

/** libsrt's own, and the most that fits its buffer at usual bit rates. Milliseconds. */
const usualLatencyMs = 120
const longestLatencyMs = 8_000

/**
 * Reads a destination's address: rtmp, rtmps or srt. Throws a TypeError where the URL is of no such kind;
 * `contracts/destination-address.ts` refuses those earlier.
 */
export function targetOf({ url, streamKey, srtPassphrase = null }: Address): Target {
  return URL.parse(url.trim())?.protocol === 'srt:'
    ? parseSrtTarget(url, streamKey, srtPassphrase)
    : parseTarget(url, streamKey)
}

/** Reads an `rtmp://` or `rtmps://` URL (default ports 1935 and 443). Throws a TypeError for any other. */
export function parseTarget(url: string, streamKey: string): RtmpTarget {
  const parsed = URL.parse(url.trim())
  const secure = parsed?.protocol === 'rtmps:'
  if (!parsed || (!secure && parsed.protocol !== 'rtmp:') || parsed.hostname === '')
    throw new TypeError('A destination needs an address like rtmp://host/app or rtmps://host/app.')
  const port = parsed.port === '' ? (secure ? 443 : 1935) : Number(parsed.port)
  const app = parsed.pathname.replace(/^\/+|\/+$/g, '') + parsed.search
  return {
    protocol: 'rtmp',
    host: withoutBrackets(parsed.hostname),
    port,
    secure,
    app,
    tcUrl: `${parsed.protocol}//${parsed.host}/${app}`,
    streamName: streamKey.trim(),
    address: `${parsed.hostname}:${port}`,
  }
}

function parseSrtTarget(url: string, streamKey: string, passphrase: string | null): SrtTarget {
  const parsed = URL.parse(url.trim())
  const port = Number(parsed?.port)
  if (!parsed || parsed.hostname === '' || port === 0)
    throw new TypeError('An SRT destination needs an address like srt://host:9000.')
  const latency = Number(parsed.searchParams.get('latency') ?? usualLatencyMs)
  const latencyMs = latency < leastLatencyUs ? latency : latency / 1_000
  return {
    protocol: 'srt',
    host: withoutBrackets(parsed.hostname),
    port,
    latencyMs: Math.min(longestLatencyMs, Math.max(20, latencyMs)),
    streamName: streamKey.trim(),
    passphrase,
    address: `${parsed.hostname}:${port}`,
  }
}

const withoutBrackets = (host: string) => host.replace(/^\[|\]$/g, '')
