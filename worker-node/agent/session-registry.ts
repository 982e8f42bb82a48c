import type { JWTVerifyGetKey } from 'jose'
import type { Job } from '#schema/contracts/job.ts'
import type { EncoderRoom } from '#schema/contracts/placement.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { StatusReason, VideoEncoder } from '#schema/enums.ts'
import { type JobRefused, openSecret, verifyJob } from '#schema/job-signature.ts'
import { ownFaults } from '../fault-scope.ts'
import type { Source } from '../ingest/source.ts'
import type { Package } from '../package/package.ts'
import type { OpenJob, SessionHost, SessionOptions } from '../session/options.ts'
import { Session } from '../session/session.ts'
import { takesKey } from '../session/takes-key.ts'
import type { EncoderPool } from '../transcode/encoder-pool.ts'
import { ControlTime } from './control-time.ts'
import type { EventQueue } from './event-queue.ts'
import { MediaAccess } from './media-access.ts'
import { openJob } from './open-job.ts'
import { Setbacks } from './setbacks.ts'

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
  /** What this machine's CPU can encode in all: see capacity.ts. */
  readonly encodeUnits: number
  /** Its hardware encoders; none if left out. */
  readonly encoders?: Pick<EncoderPool, 'encoders' | 'failed'>
  readonly host: Omit<SessionHost, 'freeEncodeUnits' | 'freeHardware' | 'onEncoderFailed'>
  readonly events: EventQueue
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
}

/** What is left of a broadcast that is over. */
interface EndedPackage {
  readonly package: Package
  readonly policy: Job['playback_ids'][number]['policy']
}

/** All sessions of this worker, by stream. A job comes in only through {@link accept}, which verifies it. */
export class SessionRegistry {
  /** What failed here by a fault of ours. */
  readonly setbacks: Setbacks
  /** By which destinations start and stop. */
  readonly controlTime = new ControlTime()
  readonly #options: RegistryOptions
  readonly #nowMs: () => number
  readonly #sessions = new Map<string, Session>()
  /** Packages of finished broadcasts, by playback id, oldest first. */
  readonly #ended = new Map<string, EndedPackage>()
  readonly #mediaAccess: MediaAccess
  #isClosed = false
  /** Sessions that are over and have not been reported so yet. */
  readonly #unreported = new Set<Session>()

  constructor(options: RegistryOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.setbacks = new Setbacks(this.#nowMs)
    const { workerId, trustedKeys } = options
    this.#mediaAccess = new MediaAccess({ workerId, trustedKeys, now: () => this.#now() })
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()]
  }

  /** What of the CPU no session has planned to use. */
  freeEncodeUnits(): number {
    return this.#freeOf('software', this.#options.encodeUnits)
  }

  /** What each encoder has left beside all sessions, for control to place streams by. */
  room(): EncoderRoom[] {
    const { encodeUnits, encoders } = this.#options
    const hardware = (encoders?.encoders ?? []).filter(({ name }) => name !== 'software')
    const all = [...hardware, { name: 'software' as const, encode_units: encodeUnits }]
    return all.map(({ name, encode_units }) => ({ name, encode_units: this.#freeOf(name, encode_units) }))
  }

  #freeOf(encoder: VideoEncoder, units: number): number {
    return Math.max(
      0,
      this.sessions.reduce((left, session) => left - session.unitsOf(encoder), units),
    )
  }

  /** The session that runs the stream whose key has this digest. */
  byKeyDigest(digest: string): Session | undefined {
    const now = this.#now()
    return this.sessions.find((session) => !session.isOver && takesKey(session.job, digest, now))
  }

  /** What viewers of a playback id fetch. */
  packageOf(playbackId: string): Package | undefined {
    return this.#watched(playbackId)?.package ?? this.#ended.get(playbackId)?.package
  }

  /** Whether a request may have a playback id: one that is not for everybody is served to control only. */
  async admits(playbackId: string, authorization: string | undefined): Promise<boolean> {
    const named = this.#watched(playbackId)?.job.playback_ids.find(({ id }) => id === playbackId)
    const policy = named?.policy ?? this.#ended.get(playbackId)?.policy
    return policy === 'public' || this.#mediaAccess.isControl(authorization)
  }

  /** Somebody fetches a playlist of it. */
  noteReader(playbackId: string): void {
    this.#watched(playbackId)?.record.noteReader()
  }

  /**
   * Verifies a claimed job and starts its session, or updates the one that runs. Throws {@link JobRefused} for a
   * token that is not to be trusted, and an Error when this worker is stopping.
   */
  async accept(token: string): Promise<void> {
    const open = await this.#verified(token)
    if (this.#isClosed) throw new Error('This worker is stopping and takes no more streams.')
    const present = this.#running(open.job.live_stream_id)
    if (!present) this.#start(open)
    else if (present.job.fence <= open.job.fence) within(present, () => present.update(open))
  }

  /** Verifies a changed job and updates its session; one that is over meanwhile is not started again. */
  async renew(token: string): Promise<void> {
    const open = await this.#verified(token)
    const present = this.#running(open.job.live_stream_id)
    if (present?.job.fence === open.job.fence) within(present, () => present.update(open))
  }

  /** Gives an encoder that was let in to its session. */
  async attach(digest: string, inputId: string | null, source: Source): Promise<void> {
    const session = this.byKeyDigest(digest)
    if (session) await within(session, () => session.door.attach(source, inputId))
    else source.close('The stream was stopped in the meantime.')
  }

  /**
   * Ends the session of a stream that runs under this fence; a later one is not meant. A broadcast that is completed ends
   * with its closing slate, which this does not wait for.
   */
  async stop(liveStreamId: string, fence: number, reason: StatusReason): Promise<void> {
    const session = this.#sessions.get(liveStreamId)
    if (session?.job.fence !== fence) return
    await (reason === 'completed' ? session.finish(reason) : session.end(reason))
  }

  /** Ends a session whose lease of that fence is gone: another worker may hold it. Nothing more is reported of it. */
  async lose(liveStreamId: string, fence: number): Promise<void> {
    const session = this.#sessions.get(liveStreamId)
    if (!session || session.job.fence !== fence) return
    await session.end('worker_lost')
    this.#unreported.delete(session)
  }

  /** Takes no more jobs and ends every session. */
  async close(reason: StatusReason): Promise<void> {
    this.#isClosed = true
    await this.stopAll(reason)
  }

  async stopAll(reason: StatusReason): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.end(reason)))
  }

  /** Every session to report on: those that run and those that have ended since the last heartbeat got through. */
  reportable(): Session[] {
    return [...new Set([...this.#unreported, ...this.sessions])]
  }

  /** What is to be said of each. One that can't be told of ends, and is left out; the others must not be lost with it. */
  reports(): { readonly session: Session; readonly report: SessionReport }[] {
    return this.reportable().flatMap((session) => {
      try {
        return { session, report: session.report() }
      } catch (error) {
        session.fail(error)
        this.#unreported.delete(session)
        return []
      }
    })
  }

  /** Control knows that these are over. */
  reported(sessions: readonly Session[]): void {
    for (const session of sessions) if (session.isOver) this.#unreported.delete(session)
  }

  #watched(playbackId: string): Session | undefined {
    const named = (session: Session) => session.job.playback_ids.some(({ id }) => id === playbackId)
    return this.sessions.find((session) => named(session) && session.package)
  }

  #running(liveStreamId: string): Session | undefined {
    const session = this.#sessions.get(liveStreamId)
    return session?.isOver ? undefined : session
  }

  #start(open: OpenJob): void {
    const { host, events, encoders } = this.#options
    const { live_stream_id: id, always_on } = open.job
    const startedMs = this.#nowMs()
    const options: SessionOptions = {
      open,
      host: {
        ...host,
        freeEncodeUnits: () => this.freeEncodeUnits(),
        freeHardware: () =>
          (encoders?.encoders ?? [])
            .filter(({ name }) => name !== 'software')
            .map(({ name, encode_units }) => ({ name, encodeUnits: this.#freeOf(name, encode_units) })),
        onEncoderFailed: (encoder) => encoders?.failed(encoder),
        unixMs: () => this.controlTime.unixMs(),
      },
      onEvent: (type, detail, record) => events.add(id, type, detail, this.#now(), record),
      onOver: (hasFailed) => {
        if (hasFailed) this.setbacks.failed(session.job, this.#nowMs() - startedMs)
        else this.setbacks.ended(id)
        this.#over(session)
      },
    }
    const session: Session = ownFaults(
      (error) => session.fail(error),
      () => new Session(options),
    )
    this.#sessions.set(id, session)
    if (always_on) void within(session, () => session.startWithSlate())
  }

  #over(session: Session): void {
    const { live_stream_id: id, playback_ids } = session.job
    if (this.#sessions.get(id) === session) this.#sessions.delete(id)
    this.#unreported.add(session)
    const ended = session.package
    if (!ended) return
    for (const { id: playbackId, policy } of playback_ids) {
      this.#ended.delete(playbackId)
      this.#ended.set(playbackId, { package: ended, policy })
      setTimeout(() => this.#forget(playbackId, ended), keepEndedMs).unref()
    }
    for (const playbackId of [...this.#ended.keys()].slice(0, -maxEnded)) this.#ended.delete(playbackId)
  }

  #forget(playbackId: string, ended: Package): void {
    if (this.#ended.get(playbackId)?.package === ended) this.#ended.delete(playbackId)
  }

  /** By control's clock: this machine's may be wrong. */
  #now(): Date {
    return new Date(this.controlTime.unixMs())
  }

  async #verified(token: string): Promise<OpenJob> {
    const { workerId, trustedKeys } = this.#options
    const job = await verifyJob(token, workerId, trustedKeys, this.#now())
    return openJob(job, (sealed) => openSecret(sealed, this.#options.sealingKey))
  }
}

/** What a session begins may fail in its own time: then it is that session which ends, and no other. */
const within = <Result>(session: Session, run: () => Result): Result => ownFaults((error) => session.fail(error), run)
