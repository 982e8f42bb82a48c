import { noAnswer, type RequestProblem, readProblem } from '../problem.ts'
import { type Content, downscale, framesPerSecond, type Quality } from './quality.ts'
import type { PublishTarget } from './target.ts'
import { iceServersOf, withStartBitrate } from './whip-signalling.ts'

/** Refused, or no answer; `retryAfterMs` where the server named a time. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused'
  readonly status: number
  readonly retryAfterMs: number | null

  constructor({ status, message }: Pick<RequestProblem, 'status' | 'message'>, retryAfter: string | null = null) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfter !== null && /^\d{1,4}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null
  }

  /** Trying again would give the same: the key is wrong, the stream is off, the browser can't. */
  get isFinal(): boolean {
    return [400, 401, 403, 404, 405, 413, 415, 422].includes(this.status)
  }
}

export interface SentPicture {
  readonly track: MediaStreamTrack | null
  readonly content: Content
  readonly quality: Quality
}

/** The answer must be there by then, ms. */
const answerMs = 20_000
/** A goodbye that is not heard by then never will be, ms. */
const goodbyeMs = 3_000

/** One publishing session over WebRTC (WHIP, RFC 9725). */
export class WhipConnection {
  readonly #peer: RTCPeerConnection
  readonly #target: PublishTarget
  readonly #sessionUrl: string
  readonly #video: RTCRtpSender | undefined
  #closing: Promise<boolean> | undefined
  /** STUN and TURN servers that the worker named; they are of use from the next connection on. */
  readonly iceServers: readonly RTCIceServer[]

  private constructor(
    peer: RTCPeerConnection,
    target: PublishTarget,
    sessionUrl: string,
    iceServers: readonly RTCIceServer[],
  ) {
    this.iceServers = iceServers
    this.#peer = peer
    this.#target = target
    this.#sessionUrl = sessionUrl
    this.#video = peer.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')?.sender
  }

  /**
   * Offers, and resolves once the answer is in force; media flows a moment later. The offer goes out without candidates:
   * the worker sees where we come from. Throws {@link PublishRefused}.
   */
  static async open(
    target: PublishTarget,
    picture: SentPicture,
    sound: MediaStreamTrack,
    iceServers: readonly RTCIceServer[],
    signal: AbortSignal,
  ): Promise<WhipConnection> {
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [...iceServers] })
    try {
      peer.addTransceiver(sound, { direction: 'sendonly' })
      const video = peer.addTransceiver(picture.track ?? 'video', { direction: 'sendonly' })
      preferCodecs(video)
      await peer.setLocalDescription()
      const response = await post(target, peer.localDescription?.sdp ?? '', signal)
      const sessionUrl = new URL(response.headers.get('location') ?? '', response.url).href
      const connection = new WhipConnection(peer, target, sessionUrl, iceServersOf(response.headers.get('link')))
      await peer.setRemoteDescription({ type: 'answer', sdp: withStartBitrate(await response.text(), picture.quality) })
      await connection.show(picture)
      return connection
    } catch (error) {
      peer.close()
      throw error
    }
  }

  get peer(): RTCPeerConnection {
    return this.#peer
  }

  /** Sends another picture, or the same one otherwise. */
  async show({ track, content, quality }: SentPicture): Promise<void> {
    const sender = this.#video
    if (!sender) return
    if (sender.track !== track) await sender.replaceTrack(track)
    const parameters = sender.getParameters()
    // Text must stay legible on a slow line: rather fewer frames than a smaller picture.
    parameters.degradationPreference = content === 'text' ? 'maintain-resolution' : 'balanced'
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = quality.maxKbps * 1_000
      encoding.maxFramerate = framesPerSecond
      encoding.scaleResolutionDownBy = downscale(quality, track?.getSettings().height)
    }
    await sender.setParameters(parameters)
  }

  /**
   * Says goodbye; works while the page is going away, too. `endsBroadcast`: it is over for viewers, unless something else
   * feeds the stream; otherwise they see the slate for a while. Gives whether the worker heard it.
   */
  close({ endsBroadcast = false } = {}): Promise<boolean> {
    this.#closing ??= this.#close(endsBroadcast)
    return this.#closing
  }

  async #close(endsBroadcast: boolean): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.#target.key}` }
    const url = endsBroadcast ? `${this.#sessionUrl}?complete=1` : this.#sessionUrl
    const signal = AbortSignal.timeout(goodbyeMs)
    const heard = fetch(url, { method: 'DELETE', headers, keepalive: true, signal }).then(
      ({ ok }) => ok,
      () => false,
    )
    // A closed connection says goodbye by itself, and must not be the first to.
    if (endsBroadcast) {
      for (const sender of this.#peer.getSenders()) void sender.replaceTrack(null)
      await heard
    }
    this.#peer.close()
    return heard
  }
}

async function post(target: PublishTarget, sdp: string, signal: AbortSignal): Promise<Response> {
  const input = target.inputId === null ? '' : `?input=${encodeURIComponent(target.inputId)}`
  let response: Response
  try {
    response = await fetch(`/live/${encodeURIComponent(target.streamId)}/whip${input}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${target.key}`, 'content-type': 'application/sdp', accept: 'application/sdp' },
      body: sdp,
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    })
  } catch (error) {
    throw new PublishRefused(noAnswer(error))
  }
  if (response.ok) return response
  throw new PublishRefused(await readProblem(response), response.headers.get('retry-after'))
}

/** H.264 is what goes on to every platform; VP8 is there where a browser lacks it. */
function preferCodecs(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? []
  const rank = ({ mimeType }: { mimeType: string }) => ['video/h264', 'video/vp8'].indexOf(mimeType.toLowerCase()) >>> 0
  const wanted = codecs.filter((codec) => rank(codec) < 2).sort((a, b) => rank(a) - rank(b))
  if (wanted.length > 0) transceiver.setCodecPreferences(wanted)
}
