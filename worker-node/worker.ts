import type { WorkerCapacity } from '#schema/contracts/worker.ts'
import type { WorkerState } from '#schema/enums.ts'
import { AssetCache } from './agent/asset-cache.ts'
import { ControlClient, ControlRefusal, ControlUnreachable } from './agent/control-client.ts'
import { DestinationChecks } from './agent/destination-checks.ts'
import { EventQueue } from './agent/event-queue.ts'
import { Fence } from './agent/fence.ts'
import { Heartbeat } from './agent/heartbeat.ts'
import { type Identity, privateKey } from './agent/identity.ts'
import { type Introduction, join } from './agent/join.ts'
import type { LogReport } from './agent/log-report.ts'
import { pollForJobs } from './agent/poll.ts'
import { SessionRegistry } from './agent/session-registry.ts'
import { TrustedKeys } from './agent/trusted-keys.ts'
import { wrongClockWords } from './agent/wrong-clock.ts'
import type { WorkerConfig } from './config.ts'
import { delay } from './delay.ts'
import { checkDestination } from './fanout/check-destination.ts'
import { type Egress, startEgress } from './ingest/egress/egress.ts'
import { createInputDrivers } from './input-drivers.ts'
import { type Gate, type Listeners, openListeners } from './listeners.ts'
import { startHostSamples } from './observe/host-seconds.ts'
import type { Log } from './observe/log.ts'
import { measureCapacity } from './transcode/capacity.ts'
import { possibleEncoders } from './transcode/encoder-devices.ts'
import { EncoderPool } from './transcode/encoder-pool.ts'
import { probeEncoder } from './transcode/encoder-probe.ts'
import { findFfmpeg } from './transcode/ffmpeg-binary.ts'
import { version } from './version.ts'

/** Sessions at a time. */
const maxSessions = 100
/** A stream that nobody runs yet is only taken while this much of the machine is free: about one 480p encode. */
const freeUnitsToPoll = 0.3
/** How often a worker that is being emptied looks whether it is, milliseconds. */
const drainLookMs = 100
/** The last heartbeat, at the end, may take this long, milliseconds. */
const lastBeatMs = 3_000
/** What hardware encodes is waited for so long before work is taken, milliseconds. */
const encoderPatienceMs = 5_000
/** Waits between tries to join while control is not there, milliseconds. */
const joinRetryMs = 1_000

export interface Worker {
  readonly workerId: string
  readonly originUrl: string
  readonly rtmpUrl: string
  readonly srtUrl: string
  /**
   * Ends all broadcasts cleanly, tells control, closes everything; before that, where the host wants it so, it lets other
   * workers take its streams, unless `hurry` fires.
   */
  stop(hurry?: AbortSignal): Promise<void>
}

/**
 * Starts a worker: listens, joins control (waiting for it as long as it takes) and takes work from then on.
 * Throws an Error whose message says what to do when the host lacks something.
 */
export async function startWorker(config: WorkerConfig, log: Log, logs?: LogReport): Promise<Worker> {
  const ffmpeg = { ...(await findFfmpeg()), log }
  const capacity = await measureCapacity({ ffmpeg, cacheDir: config.stateDir })
  const encoders = new EncoderPool({
    softwareUnits: capacity.encodeUnits,
    probe: (encoder) => probeEncoder(ffmpeg, encoder),
    log,
  })
  await findPatiently(encoders)
  const capacityNow = () => ({
    encode_units: capacity.encodeUnits,
    cpu_cores: capacity.cpuCores,
    ffmpeg_version: ffmpeg.version,
    encoders: encoders.encoders,
  })
  const gate: Gate = {}
  const listeners = await openListeners({ config, ffmpeg, log }, gate)
  const egress = await startEgress({ rules: config.pullRules })
  try {
    const host = config.publicHost
    const introduction: Introduction = {
      name: config.name,
      version,
      origin_url: config.originUrl ?? `http://${host}:${listeners.originPort}`,
      rtmp_url: config.rtmpUrl ?? `rtmp://${host}:${listeners.rtmpPort}/live`,
      srt_url: config.srtUrl ?? `srt://${host}:${listeners.srtPort}`,
      capacity: capacityNow(),
      labels: [...config.labels],
    }
    const identity = await joinPatiently(config, introduction, log)
    const control = new ControlClient(config.controlUrl, identity)
    control.onWrongClock = (aheadMs) => log.warn(wrongClockWords(aheadMs))
    const events = new EventQueue()
    const assets = new AssetCache(`${config.stateDir}/assets`, control)
    const keys = new TrustedKeys({ identity, stateDir: config.stateDir, log })
    const trustedKeys = keys.find
    const sealingKey = await privateKey(identity.sealingKey, 'ECDH-ES')
    const registry = new SessionRegistry({
      ...{ workerId: identity.workerId, trustedKeys, sealingKey },
      events,
      encodeUnits: capacity.encodeUnits,
      encoders,
      host: {
        log: log.child({ worker: identity.workerId }),
        ...{ ffmpeg, slateDir: `${config.stateDir}/slates`, listensToPassthrough: config.listensToPassthrough },
        fetchAsset: (asset, signal) => assets.path(asset, signal),
        startDriver: await createInputDrivers({ ffmpeg, egress, workDir: `${config.stateDir}/inputs` }),
      },
    })
    const checks = new DestinationChecks({
      ...{ workerId: identity.workerId, trustedKeys, sealingKey, control, log },
      check: (address, authorities) => checkDestination(address, { ffmpeg, authorities }),
    })
    const parts = {
      config,
      log,
      logs,
      checks,
      keys,
      identity,
      introduction,
      encoders,
      capacityNow,
      control,
      events,
      registry,
      gate,
      listeners,
      egress,
    }
    return await work(parts)
  } catch (error) {
    encoders.close()
    await Promise.all([listeners.close(), egress.close()])
    throw error
  }
}

interface Parts {
  readonly config: WorkerConfig
  readonly log: Log
  readonly logs: LogReport | undefined
  readonly checks: DestinationChecks
  readonly keys: TrustedKeys
  readonly identity: Identity
  readonly introduction: Introduction
  readonly encoders: EncoderPool
  readonly capacityNow: () => WorkerCapacity
  readonly control: ControlClient
  readonly events: EventQueue
  readonly registry: SessionRegistry
  readonly gate: Gate
  readonly listeners: Listeners
  readonly egress: Egress
}

async function work(parts: Parts): Promise<Worker> {
  const { config, log, control, events, registry, introduction, gate, listeners, egress } = parts
  const stopping = new AbortController()
  let state: WorkerState = 'online'
  const load = () => ({
    sessions: registry.sessions.length,
    encodeUnitsUsed: parts.capacityNow().encode_units - registry.freeEncodeUnits(),
  })
  const host = startHostSamples(config.stateDir, load, () => registry.controlTime.unixMs())
  const fence = new Fence({
    ...{ registry, log, controlUrl: config.controlUrl, ownUrl: introduction.origin_url },
    askAgain: () => heartbeat.again(),
  })
  gate.fence = fence
  const heartbeat = new Heartbeat({
    fence,
    keys: parts.keys,
    control,
    registry,
    events,
    samples: host.ring,
    self: () => ({
      state,
      capacity: parts.capacityNow(),
      room: registry.room(),
      labels: [...config.labels],
      origin_url: introduction.origin_url,
      rtmp_url: introduction.rtmp_url,
      srt_url: introduction.srt_url,
    }),
    onChecks: (tokens) => void parts.checks.take(tokens),
    offlineGraceMs: config.offlineGraceMs,
    log,
    ...(parts.logs && { logs: parts.logs }),
  })
  events.onAdded = () => heartbeat.soon()
  const isKnown = await heartbeat.beat()
  log.info(
    { worker: parts.identity.workerId, version, control: config.controlUrl, capacity: parts.capacityNow() },
    isKnown ? 'this worker is at work' : 'this worker has started, and waits for its control plane',
  )
  gate.registry = registry
  gate.metrics = () => ({
    workerId: parts.identity.workerId,
    sessions: registry.reports().flatMap(({ report }) => (report.ended ? [] : report)),
    host: host.latest(),
  })
  gate.control = control
  const beating = Promise.all([heartbeat.run(stopping.signal), fence.run(stopping.signal)])
  // One at a time: what it takes of the machine is known once it is planned. A control plane of today reckons with that itself.
  const slots = () => {
    const hasRoom = heartbeat.orders !== undefined || registry.freeEncodeUnits() >= freeUnitsToPoll
    return state === 'online' && !heartbeat.isDraining && registry.sessions.length < maxSessions && hasRoom ? 1 : 0
  }
  const polling = pollForJobs({ control, registry, heartbeat, slots, log }, stopping.signal)
  return {
    workerId: parts.identity.workerId,
    originUrl: introduction.origin_url,
    rtmpUrl: introduction.rtmp_url,
    srtUrl: introduction.srt_url,
    stop: async (hurry) => {
      state = 'draining'
      log.info({ sessions: registry.sessions.length }, 'this worker stops')
      if (config.drainMs > 0 && registry.sessions.length > 0) await drained(parts, heartbeat, hurry)
      stopping.abort()
      state = 'offline'
      delete gate.control
      parts.encoders.close()
      host.close()
      await Promise.all([beating, polling, registry.close('worker_stopping')])
      await heartbeat.beat(AbortSignal.timeout(lastBeatMs))
      await Promise.all([listeners.close(), egress.close()])
    },
  }
}

/** Resolves once others have taken all streams, the time for that is over, or there is hurry. */
async function drained({ config, log, registry }: Parts, heartbeat: Heartbeat, hurry?: AbortSignal): Promise<void> {
  log.info({ sessions: registry.sessions.length }, 'waiting until other workers have taken the streams')
  const over = AbortSignal.any([AbortSignal.timeout(config.drainMs), ...(hurry ? [hurry] : [])])
  if (!(await heartbeat.now())) return
  while (registry.sessions.length > 0 && !over.aborted) await delay(drainLookMs, over)
}

/** Each takes a second or so. One that hangs is waited for beside the work. */
async function findPatiently(encoders: EncoderPool): Promise<void> {
  const found = new AbortController()
  await Promise.race([encoders.find(await possibleEncoders()), delay(encoderPatienceMs, found.signal)])
  found.abort()
}

async function joinPatiently(config: WorkerConfig, introduction: Introduction, log: Log): Promise<Identity> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await join(config, introduction)
    } catch (error) {
      const mayPass = error instanceof ControlUnreachable || (error instanceof ControlRefusal && error.status >= 500)
      if (!mayPass) throw error
      if (isFirst) log.warn(`${error.message} Waiting for it.`)
      await delay(joinRetryMs)
    }
  }
}
