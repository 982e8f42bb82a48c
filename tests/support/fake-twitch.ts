import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { answerGraphQl } from './fake-twitch-api.ts'
import { FakeBroadcast } from './fake-twitch-broadcast.ts'
import { type FakeTwitchMedia, fakeTwitchMedia } from './fake-twitch-media.ts'
import { startTlsInterceptor, type TlsInterceptor } from './tls-interceptor.ts'

/**
 * What the fake Twitch says of its one channel. `garbage`: its answers can't be read. `noise`: it is live and its segments
 * are no media. `broken`: every answer is a fault of the server.
 */
export type FakeChannelState =
  | 'live'
  | 'offline'
  | 'unknown'
  | 'geoblocked'
  | 'subscribers_only'
  | 'garbage'
  | 'noise'
  | 'broken'

/**
 * Twitch on loopback with the one channel `teacher`: as much of gql, usher and the video edge as streamlink's own Twitch
 * plugin asks for. Goes through a proxy that opens TLS: give `environment` to streamlink.
 */
export class FakeTwitch {
  static readonly url = 'https://www.twitch.tv/teacher'

  state: FakeChannelState = 'offline'
  title = 'Fractions & decimals'
  category = 'Science'
  /** Qualities that the channel offers; the first is the best. */
  qualities: readonly string[] = ['1080p60', '480p30']
  /** What its best quality shows. */
  picture: 'source' | 'small' = 'source'
  /** The OAuth token that is accepted; others are refused. */
  acceptedToken = 'good0token'
  /** Each request: host and path, without the query. */
  readonly requests: string[] = []
  /** The `authorization` headers that came. */
  readonly authorizations = new Set<string>()
  readonly media: FakeTwitchMedia
  #broadcast: FakeBroadcast | null = null
  #interceptor: TlsInterceptor | null = null

  private constructor(media: FakeTwitchMedia) {
    this.media = media
  }

  static async start(): Promise<FakeTwitch> {
    const fake = new FakeTwitch(await fakeTwitchMedia())
    const hosts = ['www.twitch.tv', 'gql.twitch.tv', 'usher.ttvnw.net', edgeHost]
    fake.#interceptor = await startTlsInterceptor(hosts, (request, response) => {
      fake.#respond(request, response).catch(() => response.destroy())
    })
    return fake
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#interceptor!.environment
  }

  /** Hosts that streamlink wanted beside Twitch's. */
  get refusedHosts(): readonly string[] {
    return this.#interceptor!.refused
  }

  get broadcast(): FakeBroadcast {
    if (!this.#broadcast) throw new Error('The fake channel is not live.')
    return this.#broadcast
  }

  goLive(state: 'live' | 'noise' = 'live'): FakeBroadcast {
    this.#broadcast = new FakeBroadcast()
    this.state = state
    return this.#broadcast
  }

  /** Goes offline as a channel does: the playlist ends, then it is gone. `abruptly`: it is gone at once. */
  goOffline({ abruptly = false } = {}): void {
    this.state = 'offline'
    if (abruptly) this.#broadcast = null
    else this.#broadcast?.end()
  }

  /** As it was at the start. */
  reset(): void {
    this.goOffline({ abruptly: true })
    this.setOnline(true)
    this.title = 'Fractions & decimals'
    this.qualities = ['1080p60', '480p30']
    this.requests.length = 0
    this.authorizations.clear()
  }

  setOnline(online: boolean): void {
    this.#interceptor!.setOnline(online)
  }

  close(): Promise<void> {
    return this.#interceptor!.close()
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = request.headers.host ?? ''
    const path = (request.url ?? '').replace(/\?.*/, '')
    this.requests.push(host + path)
    const { authorization } = request.headers
    if (authorization !== undefined) this.authorizations.add(authorization)
    const {
      status = 200,
      type = 'application/json',
      content,
    } = this.#answer(host, path, await text(request), authorization)
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(content) }).end(content)
  }

  #answer(host: string, path: string, body: string, authorization: string | undefined): Answer {
    if (this.state === 'broken') return { status: 500, content: 'Internal Server Error' }
    if (host === edgeHost) return this.#answerEdge(path)
    if (this.state === 'garbage') return { content: '<html>\0\xff{"data":[[', type: 'text/html' }
    if (host === 'usher.ttvnw.net') return this.#answerUsher()
    if (host !== 'gql.twitch.tv') return { status: 404, content: 'not here' }
    const isRefused = authorization !== undefined && authorization !== `OAuth ${this.acceptedToken}`
    if (isRefused) return { status: 401, content: JSON.stringify(unauthorized) }
    return { content: JSON.stringify(answerGraphQl(JSON.parse(body), this)) }
  }

  #answerUsher(): Answer {
    const refusal = refusals[this.state]
    if (refusal !== undefined)
      return { status: 403, content: JSON.stringify([{ url: '', error: refusal, error_code: refusal, type: 'error' }]) }
    if (this.state !== 'live' && this.state !== 'noise')
      return { status: 404, content: JSON.stringify([{ error: 'twirp error not_found: transcode does not exist' }]) }
    const variants = this.qualities.map((name, index) => variant(name, index === 0))
    return { content: `#EXTM3U\n${variants.join('')}`, type: playlistType }
  }

  #answerEdge(path: string): Answer {
    const [, quality = '', file = ''] = path.split('/')
    if (this.#broadcast === null) return { status: 404, content: 'gone' }
    if (file === 'live.m3u8') return { content: this.#broadcast.playlist(), type: playlistType }
    const [kind, number] = file.replace('.ts', '').split('-')
    const content = quality === this.qualities[0] ? this.media[this.picture] : this.media.small
    const segments = kind === 'ad' ? this.media.ads : content
    const segment = segments[Number(number) % segments.length] ?? Buffer.alloc(0)
    return { content: this.state === 'noise' ? noise(segment.length) : segment, type: 'video/mp2t' }
  }
}

interface Answer {
  readonly status?: number
  readonly type?: string
  readonly content: string | Buffer
}

const edgeHost = 'video-edge-1.abs.hls.ttvnw.net'
const playlistType = 'application/vnd.apple.mpegurl'
const unauthorized = { error: 'Unauthorized', status: 401, message: 'The "Authorization" token is invalid.' }
const refusals: Partial<Record<FakeChannelState, string>> = {
  geoblocked: 'content_geoblocked',
  subscribers_only: 'unauthorized_entitlements',
}

function variant(name: string, isSource: boolean): string {
  const group = isSource ? 'chunked' : name
  const label = isSource ? `${name} (source)` : name
  const [height, fps] = name.split('p')
  const size = `${Math.round((Number(height) * 16) / 9)}x${height}`
  return [
    `#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="${group}",NAME="${label}",AUTOSELECT=YES,DEFAULT=YES`,
    `#EXT-X-STREAM-INF:BANDWIDTH=${Number(height) * 5_000},RESOLUTION=${size},VIDEO="${group}",FRAME-RATE=${fps || 30}`,
    `https://${edgeHost}/${name}/live.m3u8?sig=0123456789abcdef&token=secret-playback-token\n`,
  ].join('\n')
}

/** Bytes without the sync byte of MPEG-TS. */
const noise = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + 7) & 0x3f))
