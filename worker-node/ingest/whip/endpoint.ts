import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Source, SourceEnd } from '../source.ts'
import { Admission, type WhipAuthorization, type WhipPublishRequest } from './admission.ts'
import {
  allowed,
  answer,
  bearerOf,
  contentType,
  describeMethods,
  mediaTypes,
  readBody,
  refuse,
  WhipRedirect,
  WhipRefusal,
} from './answers.ts'
import { createDtlsIdentity, type DtlsIdentity } from './dtls-link.ts'
import { type IceServer, iceServerLinks } from './ice-servers.ts'
import { defaultWhipLimits, type WhipLimits } from './limits.ts'
import type { MediaPlace } from './not-connected.ts'
import { acceptsSdp, addressOf, inputIdOf, readPublishable } from './offer-request.ts'
import { newEtag, type Publisher, Publishers } from './publishers.ts'
import { writeAnswer, writeIceFragment } from './sdp-answer.ts'
import { makeIceCredentials, UdpPort } from './udp-port.ts'
import { WhipSession } from './whip-session.ts'

/** One publisher whose connection stands. */
export interface WhipPublication {
  readonly source: Source
  readonly streamKey: string
  readonly slot: string
  readonly remoteAddress: string
}

export interface WhipEndpointOptions {
  /** Address that the UDP port listens on. */
  readonly host: string
  /** First and last UDP port; the first free one is used by all publishers. `[0, 0]`: the system's choice. */
  readonly ports: readonly [number, number]
  /** IP addresses at which publishers reach that port, best first. */
  readonly publicAddresses: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** Asked before anything is made for the publisher. One that throws refuses it. */
  authorize(request: WhipPublishRequest): Promise<WhipAuthorization>
  /** A publisher that was let in does not connect: it can't, or left before. */
  onNotComing(streamKey: string, end: SourceEnd): void
  /** Given when the encrypted connection stands. */
  onPublication(publication: WhipPublication): void
  readonly limits?: Partial<WhipLimits>
  readonly log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
}

export interface WhipEndpoint {
  /** The UDP port in use. */
  readonly udpPort: number
  /**
   * Answers a request to `/live/<live stream>/whip…`; false where the path is another, and nothing was done. The
   * request's body must not have been read.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Ends every publisher and frees the port. */
  close(): Promise<void>
}

const path = /^\/live\/([\w-]{1,64})\/whip(?:\/([\w-]{1,64}))?$/

/** Opens the UDP port and makes the certificate; rejects where there is no free port. */
export async function createWhipEndpoint(options: WhipEndpointOptions): Promise<WhipEndpoint> {
  const { host, ports, log } = options
  const identity = await createDtlsIdentity()
  const port = await UdpPort.open({ host, ports, makeCredentials: makeIceCredentials, ...(log && { log }) })
  const endpoint = new Endpoint(options, identity, port)
  return {
    udpPort: port.port,
    handle: (request, response) => endpoint.handle(request, response),
    close: async () => {
      endpoint.endAll()
      await port.close()
    },
  }
}

/** What one endpoint answers. */
class Endpoint {
  readonly #options: WhipEndpointOptions
  readonly #identity: DtlsIdentity
  readonly #port: UdpPort
  readonly #limits: WhipLimits
  readonly #nowMs: () => number
  readonly #admission: Admission
  readonly #publishers: Publishers
  #isClosed = false

  constructor(options: WhipEndpointOptions, identity: DtlsIdentity, port: UdpPort) {
    this.#options = options
    this.#identity = identity
    this.#port = port
    this.#limits = { ...defaultWhipLimits, ...options.limits }
    const { log } = options
    this.#admission = new Admission({
      authorize: (request) => options.authorize(request),
      limits: this.#limits,
      ...(log && { log }),
    })
    this.#publishers = new Publishers(log)
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const [pathname = '', query = ''] = (request.url ?? '').split('?', 2)
    const [, liveStreamId, sessionId] = path.exec(pathname) ?? []
    if (liveStreamId === undefined) return false
    const done =
      sessionId === undefined
        ? this.#onEndpoint(request, response, liveStreamId, query)
        : this.#onSession(request, response, liveStreamId, sessionId, query)
    done.catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy()
      request.resume()
      if (error instanceof WhipRedirect) return answer(response, 307, { Location: error.location })
      if (error instanceof WhipRefusal) return refuse(response, error)
      this.#options.log?.warn({ err: error }, 'a WHIP request failed')
      refuse(
        response,
        new WhipRefusal('internal', 'Something went wrong on our side. Try again; the worker’s log says more.'),
      )
    })
    return true
  }

  endAll(): void {
    this.#isClosed = true
    this.#publishers.endAll('The worker is stopping.')
  }

  async #onEndpoint(
    request: IncomingMessage,
    response: ServerResponse,
    liveStreamId: string,
    query: string,
  ): Promise<void> {
    if (request.method === 'OPTIONS') return describeMethods(response, 'endpoint')
    if (request.method !== 'POST')
      throw new WhipRefusal('method_not_allowed', 'This address takes a publisher’s POST.', { Allow: allowed.endpoint })
    if (contentType(request) !== mediaTypes.sdp)
      throw new WhipRefusal('unsupported_media_type', 'Send the SDP offer with Content-Type: application/sdp.', {
        'Accept-Post': mediaTypes.sdp,
      })
    if (!acceptsSdp(request.headers.accept))
      throw new WhipRefusal('not_acceptable', 'The answer is application/sdp; let the Accept header take that.')
    const streamKey = bearerOf(request)
    const body = await readBody(request, this.#limits.maxSdpBytes)
    const { offer, choice } = readPublishable(body)
    const remoteAddress = addressOf(request)
    const inputId = inputIdOf(query)
    const { slot, about } = await this.#admission.admit(
      { streamKey, liveStreamId, inputId, remoteAddress },
      this.#publishers.liveStreams,
    )
    if (this.#isClosed || response.destroyed) {
      this.#options.onNotComing(streamKey, { reason: 'ended', detail: 'The publisher did not wait for the answer.' })
      throw new WhipRefusal('conflict', 'The connection ended meanwhile.')
    }
    const publisher: Publisher = this.#publishers.add(
      new WhipSession({
        offer,
        choice,
        port: this.#port,
        identity: this.#identity,
        limits: this.#limits,
        place: this.#place,
        nowMs: this.#nowMs,
        onConnected: () => this.#onConnected(publisher, streamKey, slot),
      }),
      streamKey,
      { liveStreamId, about, remoteAddress, remoteUfrag: offer.iceUfrag },
    )
    const { session, etag } = publisher
    void session.source.ended.then((end) => {
      if (!publisher.isConnected) this.#options.onNotComing(streamKey, end)
    })
    const local = {
      iceUfrag: session.credentials.ufrag,
      icePassword: session.credentials.password,
      fingerprint: this.#identity.fingerprint,
      setup: 'passive' as const,
      candidates: this.#candidates(),
    }
    const sdpSessionId = String(randomBytes(6).readUIntBE(0, 6))
    answer(
      response,
      201,
      {
        'Content-Type': mediaTypes.sdp,
        Location: `/live/${liveStreamId}/whip/${session.id}`,
        ETag: etag,
        'Accept-Patch': mediaTypes.fragment,
        Link: iceServerLinks(this.#options.iceServers),
      },
      writeAnswer(offer, choice, local, sdpSessionId),
    )
  }

  async #onSession(
    request: IncomingMessage,
    response: ServerResponse,
    liveStreamId: string,
    sessionId: string,
    query: string,
  ): Promise<void> {
    const { method } = request
    if (method === 'OPTIONS') return describeMethods(response, 'session')
    if (method !== 'PATCH' && method !== 'DELETE')
      throw new WhipRefusal('method_not_allowed', 'This address takes PATCH and DELETE.', { Allow: allowed.session })
    const publisher = this.#publishers.find(sessionId, liveStreamId, bearerOf(request))
    if (method === 'DELETE') {
      const end = { reason: 'ended', detail: 'The publisher ended the stream.' } as const
      publisher.session.end(/(^|&)complete=1(&|$)/.test(query) ? { ...end, isForGood: true } : end)
      return answer(response, 200)
    }
    if (contentType(request) !== mediaTypes.fragment)
      throw new WhipRefusal('unsupported_media_type', `Send candidates with Content-Type: ${mediaTypes.fragment}.`, {
        'Accept-Patch': mediaTypes.fragment,
      })
    this.#patch(publisher, request.headers['if-match'], await readBody(request, this.#limits.maxSdpBytes), response)
  }

  /** Candidates are not needed: we make no checks. New ICE credentials are answered with ours (RFC 9725 §4.3.3). */
  #patch(publisher: Publisher, ifMatch: string | undefined, fragment: string, response: ServerResponse): void {
    if (ifMatch === undefined)
      throw new WhipRefusal('precondition_required', 'Send If-Match with the session’s ETag, or * for an ICE restart.')
    const ufrag = /^a=ice-ufrag:([\w+/-]{4,256})\r?$/m.exec(fragment)?.[1]
    const hasPassword = /^a=ice-pwd:[\w+/-]{22,256}\r?$/m.test(fragment)
    if (ufrag === undefined && !/^a=(candidate:|end-of-candidates)/m.test(fragment))
      throw new WhipRefusal('validation_failed', 'The fragment holds neither candidates nor ICE credentials.')
    const restarts = ufrag !== undefined && hasPassword && ufrag !== publisher.remoteUfrag
    if (ifMatch !== '*' && ifMatch !== publisher.etag)
      throw new WhipRefusal('precondition_failed', 'The ICE session has changed since; take the newest ETag.')
    if (!restarts) return void answer(response, 204, { ETag: publisher.etag })
    publisher.remoteUfrag = ufrag
    publisher.etag = newEtag()
    const local = writeIceFragment(publisher.session.restartIce(), this.#candidates())
    answer(response, 200, { 'Content-Type': mediaTypes.fragment, ETag: publisher.etag }, local)
  }

  #onConnected(publisher: Publisher, streamKey: string, slot: string): void {
    publisher.isConnected = true
    const { session, remoteAddress, about } = publisher
    this.#options.log?.info({ remoteAddress, ...about }, 'an encoder publishes over WHIP')
    this.#options.onPublication({ source: session.source, streamKey, slot, remoteAddress })
  }

  get #place(): MediaPlace {
    const { ports, publicAddresses: addresses } = this.#options
    return { ports: ports[0] === 0 ? [this.#port.port, this.#port.port] : ports, addresses }
  }

  #candidates(): { address: string; port: number }[] {
    return this.#options.publicAddresses.map((address) => ({ address, port: this.#port.port }))
  }
}
