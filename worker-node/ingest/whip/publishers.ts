import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { LogFields } from '#schema/log/line.ts'
import { WhipRefusal } from './answers.ts'
import type { WhipSession } from './whip-session.ts'

/** One publisher, from its offer to its end. */
export interface Publisher {
  readonly session: WhipSession
  readonly liveStreamId: string
  readonly keyDigest: Buffer
  /** What it publishes to, for the log. */
  readonly about: LogFields | undefined
  readonly remoteAddress: string
  /** Changes with each ICE restart (RFC 9725 §4.3.1). */
  etag: string
  /** User fragment of the publisher's ICE session. */
  remoteUfrag: string
  isConnected: boolean
}

/** All publishers of one endpoint. */
export class Publishers {
  readonly #byId = new Map<string, Publisher>()
  readonly #log: { info(fields: object, message: string): void } | undefined

  constructor(log: { info(fields: object, message: string): void } | undefined) {
    this.#log = log
  }

  /** Their live streams, one each. */
  get liveStreams(): string[] {
    return [...this.#byId.values()].map(({ liveStreamId }) => liveStreamId)
  }

  /** Enters one until its session is over. With the same key it gives up what it tried before. */
  add(
    session: WhipSession,
    streamKey: string,
    of: Pick<Publisher, 'liveStreamId' | 'about' | 'remoteAddress' | 'remoteUfrag'>,
  ): Publisher {
    const keyDigest = digestOf(streamKey)
    const publisher: Publisher = { ...of, session, keyDigest, etag: newEtag(), isConnected: false }
    for (const other of this.#byId.values())
      if (!other.isConnected && other.keyDigest.equals(keyDigest))
        other.session.end({ reason: 'lost', detail: 'The publisher connected anew.' })
    this.#byId.set(session.id, publisher)
    const { about, remoteAddress } = of
    void session.source.ended.then((end) => {
      this.#byId.delete(session.id)
      this.#log?.info({ remoteAddress, ...about, ...end }, 'a WHIP session ended')
    })
    return publisher
  }

  /** The one of this session. Throws {@link WhipRefusal} where it is over, or belongs to another key. */
  find(sessionId: string, liveStreamId: string, streamKey: string): Publisher {
    const publisher = this.#byId.get(sessionId)
    if (!publisher || publisher.liveStreamId !== liveStreamId)
      throw new WhipRefusal('not_found', 'This publishing session is over. Publish again.')
    if (!timingSafeEqual(publisher.keyDigest, digestOf(streamKey)))
      throw new WhipRefusal('unauthorized', 'This session belongs to another stream key.', {
        'WWW-Authenticate': 'Bearer',
      })
    return publisher
  }

  endAll(detail: string): void {
    for (const { session } of this.#byId.values()) session.end({ reason: 'ended', detail })
  }
}

/** For a publisher whose ICE session is another one. */
export const newEtag = (): string => `"${randomBytes(9).toString('base64url')}"`

const digestOf = (streamKey: string): Buffer => createHash('sha256').update(streamKey).digest()
