import type { Socket } from 'node:net'
import type { LogFields } from '#schema/log/line.ts'
import { Connection, type ConnectionHost } from './connection.ts'
import type { RtmpLimits } from './limits.ts'
import { Publication, type PublicationEnd, type RtmpPublication } from './publication.ts'
import type { Elsewhere, PublishRequest, Refusal } from './publish-session.ts'
import type { Place } from './relayed-publication.ts'

/** Whether a peer may publish, and if not, why, in RTMP's code and a person's words. */
export type RtmpAuthorization =
  /**
   * `slot` names the place that it takes, of which there may be several for one key; left out, the key is the place.
   * `about`: what it publishes to, for the log.
   */
  | { readonly accept: true; readonly slot?: string; readonly about?: LogFields }
  | {
      readonly accept: false
      readonly code: 'NetStream.Publish.BadName' | 'NetStream.Publish.Denied'
      readonly description: string
      /** The worker that runs the stream: the encoder is handed on to it. */
      readonly holder?: Elsewhere['holder']
    }

export interface PublicationHandlers {
  /** Asked before any media is taken. One that fails or takes too long refuses the peer. */
  authorize(wanted: PublishRequest, remoteAddress: string): Promise<RtmpAuthorization>
  /** Given at once when an encoder may publish; open its FLV here to have every tag. */
  onPublication(publication: RtmpPublication): void
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
  readonly log?: { info(fields: object, message: string): void; error?(fields: object, message: string): void }
}

const taken: Refusal = {
  code: 'NetStream.Publish.BadName',
  description:
    'This stream key is already being published. Stop the other encoder first, or wait a few seconds if it is dead.',
}
const uncheckable: Refusal = {
  code: 'NetStream.Publish.Denied',
  description: 'The stream key could not be checked just now. Try again in a moment.',
}

/** All connections of one server, and who publishes to which place. */
export class Publications implements ConnectionHost {
  readonly limits: RtmpLimits
  readonly #handlers: PublicationHandlers
  readonly #nowMs: () => number
  readonly #connections = new Set<Connection>()
  readonly #bySlot = new Map<string, { publication: Publication; connection: Connection }>()

  constructor(handlers: PublicationHandlers, limits: RtmpLimits) {
    this.#handlers = handlers
    this.limits = limits
    this.#nowMs = handlers.nowMs ?? (() => performance.now())
  }

  connect(socket: Socket, remoteAddress: string): void {
    this.#connections.add(new Connection(socket, remoteAddress, this))
  }

  endAll(end: PublicationEnd): void {
    for (const connection of this.#connections) connection.end(end)
  }

  async authorize(wanted: PublishRequest, remoteAddress: string): Promise<Refusal | Elsewhere | Place> {
    const late = Promise.withResolvers<Refusal>()
    const timer = setTimeout(() => late.resolve(uncheckable), this.limits.authorizeMs)
    try {
      const answer = await Promise.race([this.#handlers.authorize(wanted, remoteAddress), late.promise])
      if ('code' in answer) {
        const { code, description } = answer
        const holder = 'holder' in answer ? answer.holder : undefined
        return { code, description, ...(holder && { holder }) }
      }
      const { slot = wanted.streamKey, about = {} } = answer
      return { slot, about }
    } catch (error) {
      this.#handlers.log?.info({ remoteAddress, error }, 'a stream key could not be checked')
      return uncheckable
    } finally {
      clearTimeout(timer)
    }
  }

  open({ streamKey }: PublishRequest, { slot, about }: Place, connection: Connection): Publication | Refusal {
    const present = this.#bySlot.get(slot)
    if (present?.publication.live) return taken
    present?.connection.end({ reason: 'replaced', detail: 'Another encoder took over with the same stream key.' })
    const publication = new Publication({
      streamKey,
      slot,
      about,
      remoteAddress: connection.remoteAddress,
      nowMs: this.#nowMs,
      maxBehindBytes: this.limits.maxBehindBytes,
      liveMs: this.limits.liveMs,
      connection,
    })
    this.#bySlot.set(slot, { publication, connection })
    return publication
  }

  relayed(remoteAddress: string): void {
    this.#handlers.log?.info({ remoteAddress }, 'an encoder is handed on to the worker that runs its stream')
  }

  opened(publication: Publication): void {
    this.#handlers.log?.info({ remoteAddress: publication.remoteAddress, ...publication.about }, 'an encoder publishes')
    this.#handlers.onPublication(publication)
  }

  failed(connection: Connection, error: unknown): void {
    this.#handlers.log?.error?.({ remoteAddress: connection.remoteAddress, err: error }, 'an RTMP connection failed')
  }

  ended(connection: Connection, publication: Publication | undefined, end: PublicationEnd): void {
    this.#connections.delete(connection)
    if (publication !== undefined && this.#bySlot.get(publication.slot)?.publication === publication)
      this.#bySlot.delete(publication.slot)
    this.#handlers.log?.info(
      { remoteAddress: connection.remoteAddress, ...publication?.about, ...end },
      'an RTMP connection ended',
    )
  }
}
