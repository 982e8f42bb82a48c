import type { Playback } from '#schema/contracts/playback.ts'

/** Where an engine fetches what it plays; absolute. */
export interface MediaAddresses {
  readonly hlsUrl: string
  readonly dashUrl: string
  /** Answers the server's time, xs:dateTime. */
  readonly timeUrl: string
}

/** Longest wait for a CDN that playback was lost from, milliseconds. */
const answerMs = 4_000

/**
 * Where to fetch a stream: where control says, which may be a CDN. If playback was lost there (`isRetry`) and the CDN gives this
 * page no answer at all, because it is down or lets no other site read it, then from control itself. Any answer is one: what a
 * stream lacks, control lacks too, and a crowd must not move there with each worker that is lost.
 */
export async function mediaAddresses(
  { hls_url, dash_url }: Pick<Playback, 'hls_url' | 'dash_url'>,
  base: string,
  isRetry: boolean,
  signal: AbortSignal,
): Promise<MediaAddresses> {
  const given = new URL(hls_url, base)
  const isElsewhere = given.origin !== new URL(base).origin
  const from = isRetry && isElsewhere && !(await answers(given, signal)) ? base : given.origin
  const [hlsUrl, dashUrl] = [hls_url, dash_url].map((url) => new URL(new URL(url, base).pathname, from).href) as [
    string,
    string,
  ]
  return { hlsUrl, dashUrl, timeUrl: new URL('time', hlsUrl).href }
}

const answers = (url: URL, signal: AbortSignal): Promise<boolean> =>
  fetch(url, { credentials: 'omit', signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) }).then(
    () => true,
    () => false,
  )
