import { eq, sql } from 'drizzle-orm'
import * as v from 'valibot'
import { heartbeat } from '#control/jobs/heartbeat.ts'
import type { Caller } from '#control/jobs/poll.ts'
import { claimByPoll } from '#control/jobs/poll.ts'
import { claimByPublish } from '#control/jobs/publish-claim.ts'
import { extendLeases, reapExpired } from '#control/jobs/reap.ts'
import type { Runtime } from '#control/runtime.ts'
import { changeStream } from '#control/streams/configure.ts'
import { createStream } from '#control/streams/create.ts'
import { disableStream, enableStream } from '#control/streams/orders.ts'
import { changeWorker, forgetWorker } from '#control/workers/workers.ts'
import { contractNumber } from '#schema/contract-version.ts'
import { createLiveStream, patchLiveStream } from '#schema/contracts/live-stream.ts'
import type { HeartbeatResponse, SessionReport, StreamEventRecord } from '#schema/contracts/worker.ts'
import { patchWorker } from '#schema/contracts/worker-admin.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { events } from '#schema/tables/events.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { liveStreamStates, liveStreams } from '#schema/tables/live-streams.ts'
import { workers } from '#schema/tables/workers.ts'
import { reportOf } from './fake-worker.ts'
import { SeededRandom } from './random.ts'

/** All of it in milliseconds of the simulation. */
const leaseMs = 15_000
const beatMs = 3_000
/** Two may believe for so long at most that they run one stream: a lease, a heartbeat, and the way of two messages. */
const overlapMs = leaseMs + beatMs + 2_000
/** A stream that a worker could take runs again within, or is claimed again: a lease, and what comes around it. */
const restoredMs = leaseMs + 15_000
/**
 * So long before the end of a lease a worker that is cut off alone ends its sessions, if it has asked so many after so long, and tried
 * again for so long (worker-node/agent/fence.ts).
 */
const marginMs = 3_000
const silentMs = 6_000
const secondChanceMs = 4_000
const maxWitnesses = 6
/** Control is asked for work by so many workers a second at most: those that are told of work, and those whose polls end. */
const pollsPerSecond = 200

interface SimSession {
  readonly id: string
  readonly streamId: string
  readonly fence: number
  revision: number
  ended: boolean
}

interface SimWorker {
  readonly id: string
  readonly originUrl: string
  instance: string
  /** Dead: its process is gone. */
  alive: boolean
  frozen: boolean
  /** Nothing reaches control from it, nor comes back. */
  cut: boolean
  forgotten: boolean
  draining: boolean
  sessions: Map<string, SimSession>
  /** Over, and not reported so yet. */
  unreported: SimSession[]
  queued: StreamEventRecord[]
  lastSentMs: number
  lastHeardMs: number
  /** It knows that others hear of control since. */
  onlyItSinceMs: number | undefined
  /** Polls that it has sent. */
  polls: number
  /** Origins of others whom it asks whether control is away, as control named them; it takes no work before its first heartbeat is answered. */
  witnesses: readonly string[]
}

interface SimStream {
  readonly id: string
  readonly key: string
  readonly isPushed: boolean
  enabled: boolean
  enabledMs: number
  /** When control gave it to a worker last. That one may die before it hears of it. */
  claimedMs: number
  name: string
  /** Nobody has run it since; undefined: somebody does. */
  darkSinceMs: number | undefined
  /** Two believe that they run it since. */
  doubleSinceMs: number | undefined
  highestFence: number
  /** Who believes to run it, dead ones left out. */
  readonly holders: Set<SimWorker>
}

export interface FleetOptions {
  readonly seed: number
  readonly workers: number
  readonly streams: number
  readonly seconds: number
  /** How often anything goes wrong with a worker or a stream, per second. What strikes control comes each quarter of a minute or so, however many they are. */
  readonly faultsPerSecond: number
}

export interface FleetResult {
  readonly claims: number
  readonly beats: number
  readonly staleWrites: number
  readonly longestDoubleMs: number
  readonly longestDarkMs: number
  readonly faults: Readonly<Record<string, number>>
}

/** Workers, streams, a network and misfortune around the real statements, by a clock of their own. Throws where an invariant breaks. */
export class SimulatedFleet {
  readonly #runtime: Runtime
  readonly #options: FleetOptions
  readonly #random: SeededRandom
  /** By id; and those that were not forgotten, in a list. */
  readonly #byOrigin = new Map<string, SimWorker>()
  readonly #workers: SimWorker[] = []
  #present: SimWorker[] = []
  readonly #streams = new Map<string, SimStream>()
  readonly #queue: { readonly atMs: number; readonly seq: number; readonly action: () => Promise<void> | void }[] = []
  readonly #delivered = new Set<string>()
  readonly #faults: Record<string, number> = {}
  #seq = 0
  #nowMs = 0
  /** What control's clock is ahead of the true one. */
  readonly #clock: { aheadMs: number; readonly startMs: number }
  #controlAway = false
  /** Since when control is there, its clock steady, and half of the workers reach it. */
  #soundSinceMs = 0
  #claims = 0
  #beats = 0
  #stale = 0
  #longestDoubleMs = 0
  #longestDarkMs = 0

  /** `clock` is what the runtime's `now` reads; see {@link fleetClock}. */
  constructor(runtime: Runtime, clock: FleetClock, options: FleetOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#clock = clock
    this.#random = new SeededRandom(options.seed)
    clock.read = () => this.#nowMs
  }

  async run(): Promise<FleetResult> {
    const { seconds, faultsPerSecond } = this.#options
    await this.#begin()
    this.#each(1_000, () => this.#reap())
    this.#each(500, () => this.#look())
    // The last minute is calm: all must come to rest.
    const stormMs = (seconds - 60) * 1_000
    this.#each(1_000 / faultsPerSecond, async () => {
      if (this.#nowMs < stormMs) await this.#misfortune()
    })
    this.#each(1_000, async () => {
      if (this.#nowMs < stormMs && this.#chance(1 / 15)) await this.#misfortuneOfControl()
    })
    this.#at(stormMs, () => this.#calm())
    while (this.#queue.length > 0) {
      const next = this.#pop()
      if (next.atMs > seconds * 1_000) break
      this.#nowMs = next.atMs
      await next.action()
    }
    await this.#checkEnd()
    return {
      ...{ claims: this.#claims, beats: this.#beats, staleWrites: this.#stale, faults: this.#faults },
      ...{ longestDoubleMs: this.#longestDoubleMs, longestDarkMs: this.#longestDarkMs },
    }
  }

  // — what there is —

  async #begin(): Promise<void> {
    for (let made = 0; made < this.#options.streams; made++) {
      const isPushed = this.#chance(0.25)
      const body = { name: `Stream ${made}`, source: { type: isPushed ? 'push' : 'test' } }
      const { id, secrets } = await createStream(this.#runtime, v.parse(createLiveStream, body))
      this.#streams.set(id, {
        ...{ id, key: secrets.streamKey, isPushed, enabled: true, enabledMs: 0, claimedMs: 0, name: body.name },
        ...{ darkSinceMs: 0, doubleSinceMs: undefined, highestFence: 0, holders: new Set() },
      })
      if (isPushed) this.#encoderComes(id)
    }
    for (let made = 0; made < this.#options.workers; made++) await this.#join()
  }

  async #join(): Promise<void> {
    const id = `wrk_${this.#options.seed}_${this.#workers.length}`
    // Nobody connects to it.
    const originUrl = `http://worker-${this.#workers.length}.invalid:9`
    const now = this.#runtime.now()
    await this.#runtime.db.insert(workers).values({
      ...{ id, name: id, version: '1', contract: contractNumber, state: 'online', lastSeenAt: now, createdAt: now },
      signingKey: { kty: 'OKP', crv: 'Ed25519', x: 'bm9uZQ' },
      // A real public key: secrets are sealed to it.
      sealingKey: { kty: 'OKP', crv: 'X25519', x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08' },
      ...{ originUrl, rtmpUrl: 'rtmp://127.0.0.1/live', srtUrl: 'srt://127.0.0.1:1' },
      capacity: capacity,
    })
    const worker: SimWorker = {
      ...{
        id,
        instance: this.#newInstance(),
        alive: true,
        frozen: false,
        cut: false,
        forgotten: false,
        draining: false,
      },
      ...{ sessions: new Map(), unreported: [], queued: [], lastSentMs: this.#nowMs, lastHeardMs: this.#nowMs },
      onlyItSinceMs: undefined,
      ...{ originUrl, witnesses: [], polls: 0 },
    }
    this.#workers.push(worker)
    this.#present.push(worker)
    this.#byOrigin.set(originUrl, worker)
    this.#beatAgain(worker, worker.instance, this.#random.below(beatMs))
    this.#pollAgain(worker, worker.instance, this.#pollDistance())
  }

  // — a worker's life —

  #beatAgain(worker: SimWorker, instance: string, inMs: number): void {
    this.#after(inMs, async () => {
      if (worker.instance !== instance || !worker.alive) return
      if (!worker.frozen) await this.#beat(worker)
      this.#beatAgain(worker, instance, beatMs)
    })
  }

  #pollAgain(worker: SimWorker, instance: string, inMs: number): void {
    this.#after(inMs, async () => {
      if (worker.instance !== instance || !worker.alive) return
      if (!worker.frozen) this.#poll(worker)
      this.#pollAgain(worker, instance, this.#pollDistance())
    })
  }

  #pollDistance(): number {
    const slower = Math.max(1, this.#options.workers / pollsPerSecond)
    return slower * (500 + this.#random.below(1_000))
  }

  #beat(worker: SimWorker): void {
    this.#fence(worker)
    const told = [...worker.unreported, ...worker.sessions.values()]
    const sessions = told.map((session) => this.#reportOf(session))
    const batch = worker.queued.slice(0, 200)
    const body = { ...self, origin_url: worker.originUrl, state: 'online' as const, sessions, events: batch }
    const sentMs = this.#nowMs
    this.#send(worker, async (caller) => {
      this.#beats++
      const words = `Beat ${++this.#seq}.`
      for (const session of sessions) session.status_detail = words
      const answer = await heartbeat(this.#runtime, caller, body, { version: '1', contract: contractNumber })
      for (const { id } of batch) this.#delivered.add(id)
      await this.#checkStale(answer, sessions, words)
      return () => {
        if (sentMs < worker.lastSentMs) return
        worker.lastSentMs = sentMs
        worker.lastHeardMs = this.#nowMs
        worker.onlyItSinceMs = undefined
        worker.queued = worker.queued.filter((event) => !batch.includes(event))
        worker.unreported = worker.unreported.filter((session) => !told.includes(session))
        this.#obey(worker, answer, told)
      }
    })
  }

  #obey(worker: SimWorker, answer: HeartbeatResponse, told: readonly SimSession[]): void {
    worker.draining = answer.draining
    worker.witnesses = [...new Set([...answer.witnesses, ...worker.witnesses])].slice(0, maxWitnesses)
    for (const { streamId, fence } of told)
      if (answer.lost.includes(streamId) && worker.sessions.get(streamId)?.fence === fence) this.#drop(worker, streamId)
    for (const { live_stream_id, fence } of answer.stops) {
      const session = worker.sessions.get(live_stream_id)
      if (session?.fence === fence) this.#endSession(worker, session)
    }
    // A changed job: the simulation reads no tokens.
    if (answer.jobs.length > 0) for (const session of worker.sessions.values()) session.revision += 1_000
  }

  /** As worker-node/agent/fence.ts: it is cut off, and others are not. */
  #fence(worker: SimWorker): void {
    const sinceMs = this.#nowMs - worker.lastSentMs
    if (sinceMs < silentMs) return
    const isOnlyIt = worker.witnesses.some((origin) => {
      const other = this.#byOrigin.get(origin)
      return other?.alive && !other.frozen && other.lastHeardMs > worker.lastHeardMs + 5_000
    })
    if (!isOnlyIt) return
    worker.onlyItSinceMs ??= this.#nowMs
    if (this.#nowMs - worker.onlyItSinceMs >= secondChanceMs && sinceMs >= leaseMs - marginMs) this.#dropAll(worker)
  }

  #drop(worker: SimWorker, streamId: string): void {
    worker.sessions.delete(streamId)
    this.#streams.get(streamId)?.holders.delete(worker)
  }

  #dropAll(worker: SimWorker): void {
    for (const streamId of [...worker.sessions.keys()]) this.#drop(worker, streamId)
  }

  #poll(worker: SimWorker): void {
    if (worker.draining || worker.witnesses.length === 0) return
    const poll = ++worker.polls
    const held = [...worker.sessions.keys(), ...worker.unreported.map(({ streamId }) => streamId)]
    this.#send(worker, async (caller) => {
      const claims = await claimByPoll(this.#runtime, caller, { slots: 1, avoid: [], held })
      for (const { liveStreamId } of claims) this.#streams.get(liveStreamId)!.claimedMs = this.#nowMs
      // A poll has one answer, and none once it was given up for the next one.
      return () => {
        if (worker.polls !== poll) return
        worker.polls++
        for (const { liveStreamId, fence } of claims) this.#start(worker, caller.instance, liveStreamId, fence)
      }
    })
  }

  #encoderComes(streamId: string): void {
    this.#after(500 + this.#random.below(4_000), () => {
      const stream = this.#streams.get(streamId)
      if (stream?.enabled && !this.#runningOn(streamId)) this.#publish(streamId, this.#pickWorker(), false)
      this.#encoderComes(streamId)
    })
  }

  #publish(streamId: string, worker: SimWorker | undefined, relayed: boolean): void {
    const stream = this.#streams.get(streamId)
    if (!worker || !stream || !worker.alive || worker.frozen || worker.witnesses.length === 0) return
    this.#send(worker, async (caller) => {
      try {
        const stream_key_digest = await streamKeyDigest(stream.key)
        const claim = await claimByPublish(this.#runtime, caller, { stream_key_digest, relayed })
        return () => this.#start(worker, caller.instance, claim.liveStreamId, claim.fence)
      } catch (error) {
        const { options } = error as { options?: { extra?: { worker?: { id: string } } } }
        const named = this.#workers.find(({ id }) => id === options?.extra?.worker?.id)
        if (named && !relayed) return () => this.#publish(streamId, named, true)
        return () => {}
      }
    })
  }

  #start(worker: SimWorker, instance: string | null, streamId: string, fence: number): void {
    const stream = this.#streams.get(streamId)
    if (!stream || worker.instance !== instance) return
    this.#claims++
    if (
      fence <= stream.highestFence &&
      [...stream.holders].some((other) => other !== worker && other.sessions.get(streamId)?.fence === fence)
    )
      throw new Error(`The fence ${fence} of ${streamId} was given twice.`)
    stream.highestFence = Math.max(stream.highestFence, fence)
    const present = worker.sessions.get(streamId)
    if (present && present.fence >= fence) return
    const session = { id: `ses_${streamId}_${fence}_${++this.#seq}`, streamId, fence, revision: 1_000, ended: false }
    worker.sessions.set(streamId, session)
    stream.holders.add(worker)
    this.#tell(worker, session, 'began')
  }

  #endSession(worker: SimWorker, session: SimSession): void {
    this.#drop(worker, session.streamId)
    session.ended = true
    worker.unreported.push(session)
    this.#tell(worker, session, 'ended')
  }

  #tell(worker: SimWorker, session: SimSession, what: string): void {
    const id = `evt_${session.id}_${what}`
    worker.queued.push({
      ...{
        id,
        live_stream_id: session.streamId,
        type: `stream.${what}`,
        detail: `It ${what}.`,
        session_id: session.id,
      },
      at: new Date(this.#nowMs).toISOString(),
    })
  }

  // — the network —

  /** Delivers a request once, twice or never, and its answer likewise; `deliver` is what control does, its result what the worker does then. */
  #send(worker: SimWorker, deliver: (caller: Caller) => Promise<() => void>): void {
    const { instance } = worker
    if (worker.cut || this.#chance(0.02)) return
    const deliveries = this.#chance(0.02) ? 2 : 1
    for (let copy = 0; copy < deliveries; copy++)
      this.#after(this.#latency(), async () => {
        if (this.#controlAway || worker.cut) return
        const [row] = await this.#runtime.db.select().from(workers).where(eq(workers.id, worker.id))
        const isRefused = !row || row.retiredInstances.includes(instance)
        const answer = isRefused ? undefined : await deliver({ worker: row, instance })
        if (this.#chance(0.02)) return
        this.#after(this.#latency(), () => {
          if (!worker.alive || worker.instance !== instance || worker.cut) return
          if (isRefused) this.#dropAll(worker)
          else if (worker.frozen) this.#whenThawed(worker, instance, answer)
          else answer?.()
        })
      })
  }

  #whenThawed(worker: SimWorker, instance: string, answer: (() => void) | undefined): void {
    this.#after(500, () => {
      if (!worker.alive || worker.instance !== instance) return
      if (worker.frozen) this.#whenThawed(worker, instance, answer)
      else answer?.()
    })
  }

  /** Mostly a few milliseconds, at times seconds: messages overtake each other. */
  #latency(): number {
    return this.#chance(0.05) ? this.#random.below(4_000) : 5 + this.#random.below(50)
  }

  // — misfortune —

  async #misfortune(): Promise<void> {
    const worker = this.#pickWorker()
    const stream = [...this.#streams.values()][this.#random.below(this.#streams.size)]
    if (!worker || !stream) return
    const kind = this.#random.pick(['kill', 'freeze', 'cut', 'drain', 'toggle', 'configure', 'forget'])
    if (kind === 'forget' && this.#chance(0.7)) return
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1
    const lastsMs = 1_000 + this.#random.below(40_000)
    switch (kind) {
      case 'kill':
        return this.#kill(worker, this.#chance(0.5) ? 500 : lastsMs)
      case 'freeze':
        worker.frozen = true
        return this.#after(lastsMs, () => {
          worker.frozen = false
          // What is due looks at the time first of all.
          this.#fence(worker)
        })
      case 'cut':
        worker.cut = true
        return this.#after(lastsMs, () => {
          worker.cut = false
        })
      case 'drain': {
        const draining = this.#chance(0.5)
        await changeWorker(this.#runtime, worker.id, v.parse(patchWorker, { draining }))
        return
      }
      case 'toggle':
        if (stream.enabled) await disableStream(this.#runtime, stream.id)
        else await enableStream(this.#runtime, stream.id)
        stream.enabled = !stream.enabled
        stream.enabledMs = this.#nowMs
        return
      case 'configure': {
        stream.name = `Stream ${++this.#seq}`
        await changeStream(this.#runtime, stream.id, v.parse(patchLiveStream, { name: stream.name }))
        return
      }
      case 'forget':
        worker.forgotten = true
        this.#present = this.#present.filter((each) => each !== worker)
        await forgetWorker(this.#runtime, worker.id, true)
        return this.#after(2_000, () => this.#join())
    }
  }

  /** Control is restarted, its clock jumps, or a part of the network loses the way to it. */
  async #misfortuneOfControl(): Promise<void> {
    const lastsMs = 1_000 + this.#random.below(40_000)
    const kind = this.#random.pick(['control', 'clock', 'partition'])
    if (kind === 'control' && this.#controlAway) return
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1
    switch (kind) {
      case 'control':
        this.#controlAway = true
        return this.#after(lastsMs, async () => {
          this.#controlAway = false
          this.#soundSinceMs = this.#nowMs
          await extendLeases(this.#runtime.db, this.#runtime.now())
        })
      case 'clock': {
        const aheadMs = this.#random.pick([-3_600_000, 0, 3_600_000])
        const isSetOn = aheadMs > this.#clock.aheadMs
        this.#clock.aheadMs = aheadMs
        // As control does before anything else (standstill.ts).
        if (isSetOn) await extendLeases(this.#runtime.db, this.#runtime.now())
        this.#soundSinceMs = this.#nowMs
        return
      }
      case 'partition': {
        // Those in it still reach other workers.
        const part = this.#present.filter(() => this.#chance(0.1))
        for (const worker of part) worker.cut = true
        return this.#after(lastsMs, () => {
          for (const worker of part) worker.cut = false
        })
      }
    }
  }

  #kill(worker: SimWorker, lastsMs: number): void {
    worker.alive = false
    this.#dropAll(worker)
    worker.unreported = []
    worker.queued = []
    this.#after(lastsMs, () => {
      if (worker.alive) return
      worker.instance = this.#newInstance()
      Object.assign(worker, { alive: true, frozen: false, draining: false, witnesses: [] })
      worker.lastSentMs = worker.lastHeardMs = this.#nowMs
      worker.onlyItSinceMs = undefined
      this.#beatAgain(worker, worker.instance, 0)
      this.#pollAgain(worker, worker.instance, 100)
    })
  }

  async #calm(): Promise<void> {
    for (const worker of this.#workers) {
      Object.assign(worker, { frozen: false, cut: false })
      if (!worker.forgotten) await changeWorker(this.#runtime, worker.id, v.parse(patchWorker, { draining: false }))
    }
  }

  async #reap(): Promise<void> {
    if (!this.#controlAway) await reapExpired(this.#runtime.db, this.#runtime.now())
  }

  // — what must always hold —

  async #look(): Promise<void> {
    const reached = this.#present.filter((each) => each.alive && !each.frozen && !each.cut && !each.draining)
    if (this.#controlAway || reached.length < this.#present.length / 3) this.#soundSinceMs = this.#nowMs
    for (const stream of this.#streams.values()) {
      const running = [...stream.holders].filter((each) => each.alive && !each.frozen)
      this.#lookForTwo(stream, running)
      if (this.#isDarkForLong(stream, running)) await this.#tellOfNone(stream)
    }
  }

  #lookForTwo(stream: SimStream, holders: readonly SimWorker[]): void {
    // One that an operator removed by force hears of it only from control.
    const running = this.#controlAway ? holders.filter(({ forgotten }) => !forgotten) : holders
    if (running.length < 2) stream.doubleSinceMs = undefined
    else stream.doubleSinceMs ??= this.#nowMs
    const lastedMs = stream.doubleSinceMs === undefined ? 0 : this.#nowMs - stream.doubleSinceMs
    this.#longestDoubleMs = Math.max(this.#longestDoubleMs, lastedMs)
    if (lastedMs > overlapMs)
      throw new Error(
        `At ${this.#nowMs} ms ${running.map(({ id }) => id).join(' and ')} have run ${stream.id} for ${lastedMs} ms: ${JSON.stringify({ faults: this.#faults, running: running.map(({ sessions, unreported: _, queued: __, ...each }) => ({ ...each, session: sessions.get(stream.id), witnesses: each.witnesses.map((origin) => this.#byOrigin.get(origin)).map((other) => other && { alive: other.alive, frozen: other.frozen, cut: other.cut, heardMs: other.lastHeardMs }) })) })}`,
      )
  }

  #isDarkForLong(stream: SimStream, running: readonly SimWorker[]): boolean {
    const isWanted = stream.enabled && !stream.isPushed
    if (!isWanted || running.length > 0) stream.darkSinceMs = undefined
    else stream.darkSinceMs ??= this.#nowMs
    if (stream.darkSinceMs === undefined) return false
    const lastedMs = this.#nowMs - Math.max(stream.darkSinceMs, this.#soundSinceMs, stream.claimedMs)
    this.#longestDarkMs = Math.max(this.#longestDarkMs, lastedMs)
    return lastedMs > restoredMs
  }

  async #tellOfNone(stream: SimStream): Promise<never> {
    const [job] = await this.#runtime.db.select().from(jobs).where(eq(jobs.liveStreamId, stream.id))
    const holder = this.#workers.find(({ id }) => id === job?.workerId)
    throw new Error(
      `At ${this.#nowMs} ms nobody has run ${stream.id} since ${stream.darkSinceMs}: ${JSON.stringify({ job, now: this.#runtime.now().getTime(), sound: this.#soundSinceMs, holder: holder && { ...holder, sessions: [...holder.sessions] } })}`,
    )
  }

  /** What was reported under a fence of another time has not become the state of the stream. */
  async #checkStale(answer: HeartbeatResponse, sessions: readonly SessionReport[], words: string): Promise<void> {
    const lost = sessions.filter(({ live_stream_id }) => answer.lost.includes(live_stream_id))
    for (const { live_stream_id, fence } of lost) {
      this.#stale++
      const [row] = await this.#runtime.db
        .select({ fence: jobs.fence, detail: liveStreamStates.statusDetail })
        .from(jobs)
        .innerJoin(liveStreamStates, eq(liveStreamStates.liveStreamId, jobs.liveStreamId))
        .where(eq(jobs.liveStreamId, live_stream_id))
      if (row?.detail === words)
        throw new Error(
          `A report with the fence ${fence} was taken for ${live_stream_id}, whose fence is ${row.fence}.`,
        )
    }
  }

  async #checkEnd(): Promise<void> {
    const { db } = this.#runtime
    const rows = new Map((await db.select().from(liveStreams)).map((row) => [row.id, row]))
    const ended = new Map((await db.select().from(jobs)).map((job) => [job.liveStreamId, job]))
    for (const stream of this.#streams.values()) {
      const row = rows.get(stream.id)
      if (row?.name !== stream.name || row.enabled !== stream.enabled)
        throw new Error(`The configuration of ${stream.id} was lost.`)
      const running = [...stream.holders].filter(({ alive }) => alive)
      const job = ended.get(stream.id)
      const wanted = stream.enabled ? 1 : 0
      if (running.length !== wanted)
        throw new Error(
          `In the end ${running.length} workers run ${stream.id}, and ${wanted} should: ${JSON.stringify({ job, isPushed: stream.isPushed, claimedMs: stream.claimedMs, darkSinceMs: stream.darkSinceMs, now: this.#runtime.now().getTime() })}`,
        )
      const [worker] = running
      if (worker && (job?.workerId !== worker.id || job.fence !== worker.sessions.get(stream.id)?.fence))
        throw new Error(`In the end control thinks that another one runs ${stream.id}.`)
    }
    await this.#checkEvents()
  }

  /** Every event whose heartbeat arrived is kept, unless newer ones of its stream have pushed it out. */
  async #checkEvents(): Promise<void> {
    const kept = new Set((await this.#runtime.db.select({ id: events.id }).from(events)).map(({ id }) => id))
    const counts = await this.#runtime.db
      .select({ id: events.liveStreamId, count: sql<number>`count(*)` })
      .from(events)
      .groupBy(events.liveStreamId)
    const full = new Set(counts.filter(({ count }) => count >= 500).map(({ id }) => id))
    for (const id of this.#delivered) {
      const [, streamId = ''] = /^evt_ses_(ls_[^_]+)_/.exec(id) ?? []
      if (!kept.has(id) && !full.has(streamId)) throw new Error(`The event ${id} was delivered and is lost.`)
    }
  }

  // — the clockwork —

  #runningOn(streamId: string): boolean {
    return [...(this.#streams.get(streamId)?.holders ?? [])].some((each) => each.alive && !each.frozen)
  }

  #pickWorker(): SimWorker | undefined {
    return this.#present[this.#random.below(this.#present.length)]
  }

  #reportOf({ id, streamId, fence, revision, ended }: SimSession): SessionReport {
    const job = { live_stream_id: streamId, fence, revision }
    return reportOf(job, { session_id: id, ended, ...(ended && { status: 'idle', status_reason: 'worker_stopping' }) })
  }

  #newInstance(): string {
    return `instance-${++this.#seq}`
  }

  #chance(probability: number): boolean {
    return this.#random.fraction() < probability
  }

  #each(everyMs: number, action: () => Promise<void> | void): void {
    this.#after(everyMs, async () => {
      await action()
      this.#each(everyMs, action)
    })
  }

  #after(ms: number, action: () => Promise<void> | void): void {
    this.#at(this.#nowMs + ms, action)
  }

  /** A binary heap, by time and then by age. */
  #at(atMs: number, action: () => Promise<void> | void): void {
    const queue = this.#queue
    queue.push({ atMs, seq: ++this.#seq, action })
    for (let at = queue.length - 1; at > 0; ) {
      const above = (at - 1) >> 1
      if (!this.#isBefore(at, above)) break
      this.#swap(at, above)
      at = above
    }
  }

  #pop() {
    const queue = this.#queue
    this.#swap(0, queue.length - 1)
    const next = queue.pop()!
    for (let at = 0; ; ) {
      const below = [2 * at + 1, 2 * at + 2].filter((each) => each < queue.length)
      const first = below.reduce((best, each) => (this.#isBefore(each, best) ? each : best), at)
      if (first === at) return next
      this.#swap(at, first)
      at = first
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#queue[one]!, this.#queue[other]!]
    return a.atMs - b.atMs || a.seq - b.seq ? a.atMs < b.atMs || (a.atMs === b.atMs && a.seq < b.seq) : false
  }

  #swap(one: number, other: number): void {
    const queue = this.#queue
    ;[queue[one], queue[other]] = [queue[other]!, queue[one]!]
  }
}

/** Control's clock in a simulation. */
export interface FleetClock {
  aheadMs: number
  readonly startMs: number
  read: () => number
}

export const fleetClock = (): FleetClock & { now: () => Date } => {
  const clock = {
    aheadMs: 0,
    startMs: Date.UTC(2026, 10, 1),
    read: () => 0,
    now: () => new Date(clock.startMs + clock.read() + clock.aheadMs),
  }
  return clock
}

const capacity = { encode_units: 400, cpu_cores: 64, ffmpeg_version: '5.1' }
const self = {
  capacity,
  rtmp_url: 'rtmp://127.0.0.1/live',
  srt_url: 'srt://127.0.0.1:1',
}
