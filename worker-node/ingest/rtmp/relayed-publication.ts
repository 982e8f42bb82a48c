import type { LogFields } from '#schema/log/line.ts'
import { delay } from '../../delay.ts'
import { messageType, type RtmpMessage } from '../../rtmp/messages.ts'
import { holderAddresses } from './holder-address.ts'
import { HolderLink } from './holder-link.ts'
import type { RtmpLimits } from './limits.ts'
import { audioKind, type MediaKind, videoKind } from './media-kind.ts'
import type { PublicationEnd } from './publication.ts'
import { type Elsewhere, isElsewhere, type PublishRequest, type Refusal } from './publish-session.ts'

/** What takes an encoder's messages: the publication here, or the way to the worker that has it. */
export interface MediaSink {
  take(message: RtmpMessage): void
  readonly heldBack: boolean
  finish(end: PublicationEnd): void
}

/** The stream may be published here after all, in this place. */
export interface Place {
  readonly slot: string
  /** What it publishes to, for the log. */
  readonly about: LogFields
}

export interface RelayOptions {
  readonly wanted: PublishRequest
  readonly limits: Pick<RtmpLimits, 'relayAskEachMs' | 'relayPatienceMs'>
  /** Asks anew who may take the encoder. Never rejects. */
  readonly ask: () => Promise<Refusal | Place | Elsewhere>
  /** The stream is ours now: gives the publication that goes on here. */
  readonly onHere: (place: Place) => MediaSink | Refusal
  readonly pause: () => void
  readonly resume: () => void
  /** The encoder is to be told, and let go. */
  readonly end: (refusal: Refusal) => void
}

const unreachable: Refusal = {
  code: 'NetStream.Publish.Denied',
  description: 'The worker that runs this live stream does not answer. Try again in a moment.',
}

/**
 * The publication of an encoder that came to the wrong worker. Its media goes on to the worker that holds the stream; when that
 * one falls silent, the encoder is kept, and its media goes to whoever gets the stream next, which may be this worker.
 */
export class RelayedPublication implements MediaSink {
  readonly #options: RelayOptions
  readonly #over = new AbortController()
  /** What a decoder must have first: the newest of each kind. */
  readonly #headers = new Map<MediaKind, RtmpMessage>()
  #sink: MediaSink | HolderLink | undefined
  /** Media was lost in between: the next sink begins with a keyframe. */
  #awaitsKeyframe = false
  #tries = 0

  constructor(options: RelayOptions) {
    this.#options = options
  }

  /** Finds who takes the encoder; undefined: the holder does. As long as the holder of the lease is silent, it is asked for anew. */
  async open(first: Refusal | Place | Elsewhere): Promise<Refusal | Place | undefined> {
    const untilMs = performance.now() + this.#options.limits.relayPatienceMs
    for (let answer = first; ; answer = await this.#options.ask()) {
      if (!isElsewhere(answer)) return answer
      const link = await this.#reach(answer)
      if (this.#over.signal.aborted) {
        if (link instanceof HolderLink) link.close(false)
        return unreachable
      }
      if (link instanceof HolderLink) this.#goOnWith(link)
      if (link !== 'unreachable') return link instanceof HolderLink ? undefined : link
      if (performance.now() > untilMs) return unreachable
      await delay(this.#options.limits.relayAskEachMs, this.#over.signal)
    }
  }

  get heldBack(): boolean {
    return this.#sink?.heldBack ?? false
  }

  take(message: RtmpMessage): void {
    const kind = kindOf(message)
    if (kind === 'metadata' || kind === 'video_header' || kind === 'audio_header') this.#headers.set(kind, message)
    if (!this.#sink) return
    if (kind === 'keyframe') this.#awaitsKeyframe = false
    if (!this.#awaitsKeyframe || kind !== 'frame') this.#sink.take(message)
  }

  finish(end: PublicationEnd): void {
    this.#over.abort()
    const sink = this.#sink
    this.#sink = undefined
    if (sink instanceof HolderLink) sink.close(end.reason === 'unpublished')
    else sink?.finish(end)
  }

  #reach({ holder }: Elsewhere): Promise<HolderLink | Refusal | 'unreachable'> {
    const addresses = holderAddresses(holder)
    const address = addresses[this.#tries++ % addresses.length]!
    return HolderLink.open({
      address,
      wanted: this.#options.wanted,
      onHeldBack: (held) => (held ? this.#options.pause() : this.#options.resume()),
      onRefused: (refusal) => this.#options.end(refusal),
      onLost: () => void this.#goOn(),
    })
  }

  /** The holder is gone. What the encoder sends meanwhile is lost, for it is live; the encoder itself notices nothing. */
  async #goOn(): Promise<void> {
    if (this.#over.signal.aborted) return
    this.#sink = undefined
    this.#awaitsKeyframe = true
    this.#options.resume()
    await delay(this.#options.limits.relayAskEachMs, this.#over.signal)
    const answer = await this.open(await this.#options.ask())
    if (this.#over.signal.aborted || answer === undefined) return
    const sink = 'slot' in answer ? this.#options.onHere(answer) : answer
    if ('code' in sink) return this.#options.end(sink)
    try {
      this.#goOnWith(sink)
    } catch (error) {
      this.#options.end({ code: 'NetStream.Publish.Rejected', description: String(error) })
    }
  }

  #goOnWith(sink: MediaSink | HolderLink): void {
    this.#sink = sink
    for (const header of this.#headers.values()) sink.take(header)
  }
}

/** What cannot be taken is judged by whoever takes the stream. */
function kindOf({ type, payload }: RtmpMessage): MediaKind | undefined {
  try {
    if (type === messageType.video) return videoKind(payload)
    return type === messageType.audio ? audioKind(payload) : 'metadata'
  } catch {
    return undefined
  }
}
