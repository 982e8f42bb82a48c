import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { contractNumber } from '#schema/contract-version.ts'
import type { HeartbeatRequest, JoinResponse, SessionReport, WorkerCapacity } from '#schema/contracts/worker.ts'

/** How a test reaches a control plane: `fetch` with a path. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>

/** What a test may say of its worker. */
export interface FakeWorkerOptions {
  readonly originUrl?: string
  readonly rtmpUrl?: string
  readonly srtUrl?: string
  readonly capacity?: WorkerCapacity
  readonly labels?: string[]
  /** Control's clock, by which its tokens are made. Left out: the true time. */
  readonly now?: () => Date
  /** Of each request: contract, version, instance. Left out: the contract of now, and no instance. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A worker that only speaks the worker API: it runs nothing, and says what the test wants it to say. */
export interface FakeWorker {
  readonly id: string
  readonly jwks: JoinResponse['jwks']
  readonly sealingKey: CryptoKey
  /** POSTs with a fresh token of its own. */
  post(
    path: 'poll' | 'publish-claims' | 'heartbeat' | `destination-checks/${string}`,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>
  /** GETs with a fresh token of its own. */
  get(path: string): Promise<Response>
  /** A heartbeat with these sessions; gives the answer's body. */
  beat(
    sessions?: readonly SessionReport[],
    more?: Partial<HeartbeatRequest>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>
  /** A token as it sends with each request. */
  token(claims?: { lifeSeconds?: number; audience?: string; issuedAt?: Date }): Promise<string>
}

/** Room for whatever a test has it take: tests seldom end what they have begun. */
const usualCapacity: WorkerCapacity = { encode_units: 200, cpu_cores: 2, ffmpeg_version: '5.1.9' }

export async function joinFakeWorker(
  call: Call,
  joinToken: string,
  {
    originUrl = 'http://127.0.0.1:9',
    rtmpUrl = 'rtmp://127.0.0.1:1935/live',
    srtUrl = 'srt://127.0.0.1:8890',
    capacity = usualCapacity,
    labels,
    now = () => new Date(),
    headers: own = { 'weir-contract': String(contractNumber) },
  }: FakeWorkerOptions = {},
): Promise<FakeWorker> {
  const signing = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const sealing = await generateKeyPair('ECDH-ES', { crv: 'X25519', extractable: true })
  const joined = await call('/worker/v1/join', {
    method: 'POST',
    headers: { authorization: `Bearer ${joinToken}`, 'content-type': 'application/json', ...own },
    body: JSON.stringify({
      name: 'fake',
      version: '0.0.0',
      signing_key: (await exportJWK(signing.publicKey)) as JWK,
      sealing_key: (await exportJWK(sealing.publicKey)) as JWK,
      origin_url: originUrl,
      rtmp_url: rtmpUrl,
      srt_url: srtUrl,
      capacity,
      ...(labels && { labels }),
    }),
  })
  if (!joined.ok) throw new Error(`The join was refused: ${joined.status} ${await joined.text()}`)
  const { worker_id: id, jwks } = (await joined.json()) as JoinResponse

  const token: FakeWorker['token'] = ({ lifeSeconds = 30, audience = 'weir-control', issuedAt = now() } = {}) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(id)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(Math.floor(issuedAt.getTime() / 1000) + lifeSeconds)
      .sign(signing.privateKey)
  const post: FakeWorker['post'] = async (path, body, headers) =>
    call(`/worker/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json', ...own, ...headers },
      body: JSON.stringify(body),
    })
  return {
    id,
    jwks,
    sealingKey: sealing.privateKey,
    token,
    post,
    get: async (path) => call(`/worker/v1/${path}`, { headers: { authorization: `Bearer ${await token()}` } }),
    beat: (sessions = [], more = {}, headers = {}) =>
      post(
        'heartbeat',
        {
          state: 'online',
          capacity,
          origin_url: originUrl,
          rtmp_url: rtmpUrl,
          srt_url: srtUrl,
          sessions: [...sessions],
          events: [],
          ...more,
        } satisfies HeartbeatRequest,
        headers,
      ),
  }
}

/** A report of a session that is on air. */
export const reportOf = (
  job: { live_stream_id: string; fence: number; revision: number },
  more: Partial<SessionReport> = {},
): SessionReport => ({
  live_stream_id: job.live_stream_id,
  session_id: 'ses_1',
  fence: job.fence,
  revision: job.revision,
  status: 'active',
  status_reason: 'on_air',
  status_detail: 'On air.',
  status_since: '2026-11-01T00:00:00.000Z',
  playable: true,
  source: {
    protocol: 'rtmp',
    video: {
      codec: 'h264',
      profile: 'Main',
      width: 640,
      height: 360,
      fps: 25,
      keyframe_interval_s: 2,
      b_frames: false,
    },
    audio: null,
    bitrate_kbps: 900,
    encoder: 'test',
  },
  inputs: [],
  renditions: [{ name: '360p', width: 640, height: 360, fps: 25, video_bitrate_kbps: 800 }],
  issues: [],
  sample: null,
  slate: { before: null, during: null, after: null },
  destinations: [],
  ended: false,
  ...more,
})
