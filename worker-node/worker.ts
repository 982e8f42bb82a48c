import { createLocalJWKSet } from 'jose'
import type { WorkerState } from '#schema/enums.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { ControlClient, ControlRefusal, ControlUnreachable } from './agent/control-client.ts'
import { EventQueue } from './agent/event-queue.ts'
import { Heartbeat } from './agent/heartbeat.ts'
import { type Identity, privateKey } from './agent/identity.ts'
import { type Introduction, join } from './agent/join.ts'
import { pollForJobs } from './agent/poll.ts'
import { decidePublish } from './agent/publish-gate.ts'
import { SessionRegistry } from './agent/session-registry.ts'
import { reachableHost, type WorkerConfig } from './config.ts'
import { delay } from './delay.ts'
import { type RtmpServer, startRtmpServer } from './ingest/rtmp/server.ts'
import { createRtmpSource } from './ingest/rtmp-source.ts'
import { startInputDriver } from './input-drivers.ts'
import { listenOrExplain } from './listen.ts'
import type { Log } from './observe/log.ts'
import { type Origin, startOrigin } from './package/origin.ts'
import { measureCapacity } from './transcode/capacity.ts'
import { findFfmpeg } from './transcode/ffmpeg-binary.ts'
import { version } from './version.ts'

/** Sessions at a time. */
const maxSessions = 100
/** A stream that nobody runs yet is only taken while this much of the machine is free: about one 480p encode. */
const freeUnitsToPoll = 0.3
/** The last heartbeat, at the end, may take this long, milliseconds. */
const lastBeatMs = 3_000
/** Waits between tries to join while control is not there, milliseconds. */
const joinRetryMs = 1_000

export interface Worker {
  readonly workerId: string
  readonly originUrl: string
  readonly rtmpUrl: string
  /** Ends all broadcasts cleanly, tells control, closes everything. */
  stop(): Promise<void>
}

/**
 * Starts a worker: listens, joins control (waiting for it as long as it takes) and takes work from then on.
 * Throws an Error whose message says what to do when the host lacks something.
 */
export async function startWorker(config: WorkerConfig, log: Log): Promise<Worker> {
  const ffmpeg = await findFfmpeg()
  const capacity = await measureCapacity({ ffmpeg, cacheDir: config.stateDir })
  const gate: { registry?: SessionRegistry; control?: ControlClient } = {}
  const origin = await listenOrExplain('WEIR_WORKER_PORT', config.originPort, (port) =>
    startOrigin({
      host: config.host,
      port,
      resolve: (playbackId) => {
        const found = gate.registry?.packageOf(playbackId)
        return found && { package: found }
      },
      log: (message, error) => log.error({ err: error }, message),
    }),
  )
  const rtmp = await startRtmp(config, gate, log)
  const listeners = { origin, rtmp }
  try {
    const host = reachableHost(config.host)
    const introduction: Introduction = {
      name: config.name,
      version,
      origin_url: config.originUrl ?? `http://${host}:${origin.port}`,
      rtmp_url: config.rtmpUrl ?? `rtmp://${host}:${rtmp.port}/live`,
      srt_url: config.srtUrl ?? `srt://${host}:${config.srtPort}`,
      capacity: {
        encode_units: capacity.encodeUnits,
        cpu_cores: capacity.cpuCores,
        ffmpeg_version: ffmpeg.version,
      },
    }
    const identity = await joinPatiently(config, introduction, log)
    const control = new ControlClient(config.controlUrl, identity)
    const events = new EventQueue()
    const registry = new SessionRegistry({
      workerId: identity.workerId,
      trustedKeys: createLocalJWKSet(identity.jwks),
      sealingKey: await privateKey(identity.sealingKey, 'ECDH-ES'),
      events,
      encodeUnits: capacity.encodeUnits,
      host: { ffmpeg, slateDir: `${config.stateDir}/slates`, log, startDriver: startInputDriver },
    })
    return await work({ config, log, identity, introduction, control, events, registry, gate, listeners })
  } catch (error) {
    await closeListeners(listeners)
    throw error
  }
}

interface Parts {
  readonly config: WorkerConfig
  readonly log: Log
  readonly identity: Identity
  readonly introduction: Introduction
  readonly control: ControlClient
  readonly events: EventQueue
  readonly registry: SessionRegistry
  readonly gate: { registry?: SessionRegistry; control?: ControlClient }
  readonly listeners: { readonly origin: Origin; readonly rtmp: RtmpServer }
}

async function work(parts: Parts): Promise<Worker> {
  const { config, log, control, events, registry, introduction, gate, listeners } = parts
  const stopping = new AbortController()
  let state: WorkerState = 'online'
  const heartbeat = new Heartbeat({
    control,
    registry,
    events,
    self: () => ({
      state,
      capacity: introduction.capacity,
      origin_url: introduction.origin_url,
      rtmp_url: introduction.rtmp_url,
      srt_url: introduction.srt_url,
    }),
    offlineGraceMs: config.offlineGraceMs,
    log,
  })
  events.onAdded = () => heartbeat.soon()
  await heartbeat.beat()
  gate.registry = registry
  gate.control = control
  const beating = heartbeat.run(stopping.signal)
  // One at a time: what it takes of the machine is known once it is planned.
  const slots = () => (registry.sessions.length < maxSessions && registry.freeEncodeUnits() >= freeUnitsToPoll ? 1 : 0)
  const polling = pollForJobs({ control, registry, slots, log }, stopping.signal)
  return {
    workerId: parts.identity.workerId,
    originUrl: introduction.origin_url,
    rtmpUrl: introduction.rtmp_url,
    stop: async () => {
      stopping.abort()
      state = 'offline'
      delete gate.control
      await Promise.all([beating, polling, registry.close('worker_stopping')])
      await heartbeat.beat(AbortSignal.timeout(lastBeatMs))
      await closeListeners(listeners)
    },
  }
}

function startRtmp(
  config: WorkerConfig,
  gate: { registry?: SessionRegistry; control?: ControlClient },
  log: Log,
): Promise<RtmpServer> {
  return listenOrExplain('WEIR_RTMP_PORT', config.rtmpPort, (port) =>
    startRtmpServer({
      host: config.host,
      port,
      log,
      authorize: async (wanted) => {
        const { control, registry } = gate
        if (!control || !registry)
          return {
            accept: false,
            code: 'NetStream.Publish.Denied',
            description: 'This worker is starting or stopping. Try again in a moment.',
          }
        const decision = await decidePublish(wanted, { control, registry, log })
        if (decision.accept) return decision
        const isBadName = decision.reason === 'unknown_key' || decision.reason === 'taken'
        const code = isBadName ? 'NetStream.Publish.BadName' : 'NetStream.Publish.Denied'
        return { accept: false, code, description: decision.detail }
      },
      onPublication: (publication) => {
        const source = createRtmpSource(publication)
        streamKeyDigest(publication.streamKey)
          .then((digest) => gate.registry?.attach(digest, publication.slot, source))
          .catch((error: unknown) => {
            log.error({ err: error }, 'a session failed')
            source.close('The stream could not be started on this worker. Its log says why.')
          })
      },
    }),
  )
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

async function closeListeners({ origin, rtmp }: Parts['listeners']): Promise<void> {
  await Promise.all([origin.close(), rtmp.close()])
}
