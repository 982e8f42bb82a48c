import { PassThrough, type Readable } from 'node:stream'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Job } from '#schema/contracts/job.ts'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { sealSecret, signJob } from '#schema/job-signature.ts'
import { LogThreshold } from '#schema/log/threshold.ts'
import { EventQueue } from '#worker/agent/event-queue.ts'
import { type RegistryOptions, SessionRegistry } from '#worker/agent/session-registry.ts'
import type { Source, SourceEnd } from '#worker/ingest/source.ts'
import { startTestPattern } from '#worker/ingest/test-source.ts'
import { createLog, type Log } from '#worker/observe/log.ts'
import type { SessionHost } from '#worker/session/options.ts'
import type { FfmpegBinary } from '#worker/transcode/ffmpeg-binary.ts'

/** The worker that the jobs of these tests are for. */
export const workerId = 'wrk_here'

/** A job of a push stream with one small rendition. */
export const jobOf = (more: Partial<Job> = {}): Job => ({
  live_stream_id: 'ls_1',
  name: 'Lecture 1',
  revision: 1,
  fence: 1,
  lease_seconds: 15,
  inputs: [{ id: 'in_1', type: 'push', priority: 1 }],
  pinned_input_id: null,
  stream_key_digest: 'ab'.repeat(32),
  sealed_srt_passphrase: '',
  latency_mode: 'tutorial',
  reconnect_window: 60,
  always_on: false,
  ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  encoder_preset: 'ultrafast',
  encoder: 'software',
  no_software_fallback: false,
  upscale: 'off',
  upscale_height: 1080,
  packaging: { part_s: null, segment_s: null, window_segments: null },
  audio: { normalize: false },
  copyright_profile: { owner: null, notice: null, url: null },
  slate: {
    ...{ before: { type: 'card', text: null }, during: { type: 'card', text: null } },
    ...{ after: { type: 'card', text: null }, after_seconds: 0 },
  },
  playback_ids: [{ id: 'pb_1', policy: 'public' }],
  destinations: [],
  ...more,
})

/** A destination of a job, as sealed for the worker. */
export const jobDestination = (sealedStreamKey: string): Job['destinations'][number] => ({
  ...{ id: 'dst_1', platform: 'custom', profile: 'auto', url: 'rtmp://127.0.0.1/live', enabled: true },
  sealed_stream_key: sealedStreamKey,
  changed_at: '2026-11-22T12:00:00.000Z',
  ...{ start: 'with_stream', ordered: null, ordered_at: null, stop_at: null },
  ...{ max_duration_s: null, roll_over: false },
  ...{ ca_pem: null, sealed_srt_passphrase: null },
})

export const noUploads: SessionHost['fetchAsset'] = () => Promise.reject(new Error('There are no uploads here.'))

/** Fetches nothing but the test pattern. */
export const startDriver: SessionHost['startDriver'] = (input, session) =>
  input.type === 'test' ? startTestPattern(session) : null

/** FFmpeg that is not there: for tests that never get as far as media, and for those about just that. */
export const missingFfmpeg: FfmpegBinary = { path: '/nonexistent/ffmpeg', version: '5.1', launcher: [] }

/** A log that keeps its lines. */
export function recordedLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const threshold = new LogThreshold('debug')
  return { log: createLog({ threshold, write: (line) => void lines.push(JSON.stringify(line)) }), lines }
}

/** A registry with a control plane's keys in the test's hand. */
export async function registryUnderTest({
  ffmpeg = missingFfmpeg,
  encodeUnits = 2,
  slateDir = '/nonexistent/slates',
  encoders = undefined as RegistryOptions['encoders'],
  drive = startDriver,
} = {}) {
  const signing = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const sealing = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
  const publicKey: JWK = { ...(await exportJWK(signing.publicKey)), kid: 'key_1' }
  const signingKey = { kid: 'key_1', privateKey: signing.privateKey }
  const sealingJwk = await exportJWK(sealing.publicKey)
  const events = new EventQueue()
  const { log, lines } = recordedLog()
  const registry = new SessionRegistry({
    workerId,
    trustedKeys: createLocalJWKSet({ keys: [publicKey] }),
    sealingKey: sealing.privateKey,
    encodeUnits,
    ...(encoders && { encoders }),
    events,
    // Time stands still: what failed is avoided for ever.
    nowMs: () => 0,
    host: { ffmpeg, slateDir, log, startDriver: drive, fetchAsset: noUploads },
  })
  return {
    registry,
    events,
    lines,
    publicKey,
    signingKey,
    /** A job as control signs it. */
    token: async (more: Partial<Job> = {}, now = new Date()) =>
      signJob(
        jobOf({ sealed_srt_passphrase: await sealSecret('srt-passphrase', sealingJwk), ...more }),
        workerId,
        signingKey,
        now,
      ),
    /** A destination of a job, its key sealed to this worker. */
    destination: async (id: string, url: string, streamKey = 'platform-key') => ({
      ...jobDestination(await sealSecret(streamKey, sealingJwk)),
      ...{ id, url },
    }),
  }
}

export const bothTracks: SourceDescription = {
  protocol: 'rtmp',
  video: {
    codec: 'h264',
    profile: null,
    width: 320,
    height: 180,
    fps: 25,
    keyframe_interval_s: null,
    b_frames: null,
  },
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: null,
  encoder: 'test',
}

/** An encoder's connection; it sends `media`, or nothing for as long as it lasts. */
export class FakeSource implements Source {
  readonly input = { kind: 'stdin', format: 'flv' } as const
  readonly ready: Promise<SourceDescription>
  readonly ended: Promise<SourceEnd>
  readonly heldBack = false
  bytesReceived = 0
  /** What it was told when it was closed. */
  closedWith: string | undefined
  readonly end: (end: SourceEnd) => void
  readonly #media: () => Readable
  #description: SourceDescription = bothTracks

  constructor(
    description: SourceDescription | Promise<SourceDescription> = new Promise(() => {}),
    media: () => Readable = () => new PassThrough(),
  ) {
    const { promise, resolve } = Promise.withResolvers<SourceEnd>()
    this.ready = Promise.resolve(description)
    this.ready.then(
      (known) => {
        this.#description = known
      },
      () => {},
    )
    this.ended = promise
    this.end = resolve
    this.#media = media
  }

  describe(): SourceDescription {
    return this.#description
  }

  open(): Readable {
    return this.#media()
  }

  close(why: string): void {
    this.closedWith ??= why
    this.end({ reason: 'ended', detail: why })
  }
}
