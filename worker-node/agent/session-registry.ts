import type { JWTVerifyGetKey } from 'jose'
import type { StatusReason } from '#schema/enums.ts'
import { type JobRefused, openSecret, verifyJob } from '#schema/job-signature.ts'
import type { Source } from '../ingest/source.ts'
import { createTestSource } from '../ingest/test-source.ts'
import type { Package } from '../package/package.ts'
import { Session } from '../session.ts'
import type { OpenJob, SessionHost } from '../session-options.ts'
import type { EventQueue } from './event-queue.ts'

/** How long a finished broadcast can still be fetched, so that viewers see its end, milliseconds. */
const keepEndedMs = 120_000
/** Finished broadcasts kept at most; the oldest go first. */
const maxEnded = 20

export interface RegistryOptions {
  readonly workerId: string
  /** Control's public keys, pinned when the worker joined. */
  readonly trustedKeys: JWTVerifyGetKey
  /** Our X25519 key. */
  readonly sealingKey: CryptoKey
  /** What this machine can encode in all: see capacity.ts. */
  readonly encodeUnits: number
  readonly host: Omit<SessionHost, 'freeEncodeUnits'>
  readonly events: EventQueue
}

/** All sessions of this worker, by stream. A job comes in only through {@link accept}, which verifies it. */
export class SessionRegistry {
  readonly #options: RegistryOptions
  readonly #sessions = new Map<string, Session>()
  /** Packages of finished broadcasts, by playback id, oldest first. */
  readonly #ended = new Map<string, Package>()
  /** Sessions that are over and have not been reported so yet. */
  readonly #unreported = new Set<Session>()

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()]
  }

  /** What of the machine no session has planned to use. */
  freeEncodeUnits(): number {
    const used = this.sessions.reduce((sum, session) => sum + session.encodeUnits, 0)
    return Math.max(0, this.#options.encodeUnits - used)
  }

  /** The session that runs the stream whose key has this digest. */
  byKeyDigest(digest: string): Session | undefined {
    return this.sessions.find((session) => session.job.stream_key_digest === digest && !session.isOver)
  }

  /** What viewers of a playback id fetch. */
  packageOf(playbackId: string): Package | undefined {
    const named = (session: Session) => session.job.playback_ids.some(({ id }) => id === playbackId)
    return this.sessions.find((session) => named(session) && session.package)?.package ?? this.#ended.get(playbackId)
  }

  /**
   * Verifies a job token and starts its session, or updates the one that runs. Throws {@link JobRefused} for a
   * token that is not to be trusted, or whose lease was lost.
   */
  async accept(token: string): Promise<Session> {
    const { workerId, trustedKeys } = this.#options
    const open = await this.#open(await verifyJob(token, workerId, trustedKeys, new Date()))
    const { live_stream_id: id, fence } = open.job
    const present = this.#sessions.get(id)
    if (present && !present.isOver && present.job.fence <= fence) {
      present.update(open)
      return present
    }
    if (present && !present.isOver) return present
    return this.#start(open)
  }

  /** Gives an encoder that was let in to its session. */
  async attach(digest: string, source: Source): Promise<void> {
    const session = this.byKeyDigest(digest)
    if (session) await session.attach(source)
    else source.close('The stream was stopped in the meantime.')
  }

  /** Ends the session of a stream, if there is one. */
  async stop(liveStreamId: string, reason: StatusReason): Promise<void> {
    await this.#sessions.get(liveStreamId)?.end(reason)
  }

  /** Ends a session whose lease of that fence is gone: another worker may hold it. Nothing more is reported of it. */
  async lose(liveStreamId: string, fence: number): Promise<void> {
    const session = this.#sessions.get(liveStreamId)
    if (!session || session.job.fence !== fence) return
    await session.end('worker_lost')
    this.#unreported.delete(session)
  }

  async stopAll(reason: StatusReason): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.end(reason)))
  }

  /** Every session to report on: those that run and those that have ended since the last heartbeat got through. */
  reportable(): Session[] {
    return [...this.#unreported, ...this.sessions.filter((session) => !this.#unreported.has(session))]
  }

  /** Control knows that these are over. */
  reported(sessions: readonly Session[]): void {
    for (const session of sessions) if (session.isOver) this.#unreported.delete(session)
  }

  #start(open: OpenJob): Session {
    const { host, events } = this.#options
    const { live_stream_id: id, source, always_on } = open.job
    const session: Session = new Session({
      open,
      host: { ...host, freeEncodeUnits: () => this.freeEncodeUnits() },
      onEvent: (type, detail) => events.add(id, type, detail, new Date()),
      onOver: () => this.#over(session),
    })
    this.#sessions.set(id, session)
    const failed = (error: unknown) => {
      host.log.error({ err: error, stream: id }, 'the session failed')
      void session.end('source_failed')
    }
    if (always_on) session.startWithSlate().catch(failed)
    if (source.type === 'test') session.attach(createTestSource()).catch(failed)
    return session
  }

  #over(session: Session): void {
    const { live_stream_id: id, playback_ids } = session.job
    if (this.#sessions.get(id) === session) this.#sessions.delete(id)
    this.#unreported.add(session)
    const ended = session.package
    if (!ended) return
    for (const { id: playbackId } of playback_ids) {
      this.#ended.delete(playbackId)
      this.#ended.set(playbackId, ended)
      setTimeout(() => this.#forget(playbackId, ended), keepEndedMs).unref()
    }
    for (const playbackId of [...this.#ended.keys()].slice(0, -maxEnded)) this.#ended.delete(playbackId)
  }

  #forget(playbackId: string, ended: Package): void {
    if (this.#ended.get(playbackId) === ended) this.#ended.delete(playbackId)
  }

  async #open(job: OpenJob['job']): Promise<OpenJob> {
    const destinations = await Promise.all(
      job.destinations.map(async ({ id, url, enabled, sealed_stream_key }) => ({
        id,
        url,
        enabled,
        streamKey: await openSecret(sealed_stream_key, this.#options.sealingKey),
      })),
    )
    return { job, destinations }
  }
}
