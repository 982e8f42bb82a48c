/** What came back for one request, with when. Times are `performance.now()`. */
export interface Fetched {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
  readonly startedAt: number
  /** When the first byte of the body came; of an empty body, when it ended. */
  readonly firstByteAt: number
  readonly endedAt: number
}

/** GETs a URL with its whole body. Gives status 0 if there is no answer within `timeoutMs` or the connection breaks. */
export async function get(url: string, timeoutMs = 60_000): Promise<Fetched> {
  const startedAt = performance.now()
  let firstByteAt: number | undefined
  const chunks: Uint8Array[] = []
  const ended = (status: number, headers: Headers): Fetched => {
    const endedAt = performance.now()
    return {
      url,
      status,
      headers,
      body: Buffer.concat(chunks),
      startedAt,
      firstByteAt: firstByteAt ?? endedAt,
      endedAt,
    }
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    for await (const chunk of response.body ?? []) {
      firstByteAt ??= performance.now()
      chunks.push(chunk)
    }
    return ended(response.status, response.headers)
  } catch {
    return ended(0, new Headers())
  }
}

/** The URL with these delivery directives in its query. */
export function withDirectives(url: string, directives: { msn?: number; part?: number; skip?: boolean }): string {
  const target = new URL(url)
  if (directives.msn !== undefined) target.searchParams.set('_HLS_msn', String(directives.msn))
  if (directives.part !== undefined) target.searchParams.set('_HLS_part', String(directives.part))
  if (directives.skip) target.searchParams.set('_HLS_skip', 'YES')
  return target.href
}

/** Seconds that caches may keep the answer; 0 if they may not. */
export function maxAge({ headers }: Fetched): number {
  const control = headers.get('cache-control') ?? ''
  if (/no-store|no-cache/.test(control)) return 0
  return Number(/s-maxage=(\d+)/.exec(control)?.[1] ?? /max-age=(\d+)/.exec(control)?.[1] ?? 0)
}
