import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestHarness } from 'wrangler'
import { chores } from '#control/chores.ts'
import { newSecretKey } from '#control/secrets/secret-box.ts'
import type { Asset } from '#schema/contracts/asset.ts'
import type { Beacon } from '#schema/contracts/beacon.ts'
import type { Input } from '#schema/contracts/input.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Audience, Metrics } from '#schema/contracts/metrics.ts'
import type { Playback } from '#schema/contracts/playback.ts'
import type { HeartbeatResponse, SessionReport } from '#schema/contracts/worker.ts'
import type { Environment } from '#schema/environment.ts'
import { openSecret, verifyJob } from '#schema/job-signature.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { at, sessionEvents, tally } from '../support/broadcast-record.ts'
import { startTestControl } from '../support/control-server.ts'
import { documented } from '../support/documented.ts'
import { eventually } from '../support/eventually.ts'
import { parseExposition } from '../support/exposition.ts'
import { type Call, type FakeWorker, joinFakeWorker, reportOf } from '../support/fake-worker.ts'
import { orderedCheck } from '../support/fake-worker-checks.ts'
import { jobIn } from '../support/jobs.ts'
import { type MediaOrigin, startMediaOrigin } from '../support/media-origin.ts'
import { startSqld } from '../support/sqld.ts'
import { readUntil, textReader } from '../support/sse.ts'
import { startWebhookReceiver, verified, type WebhookReceiver } from '../support/webhook-receiver.ts'

interface Deployment {
  readonly call: Call
  readonly token: string
  /** What is done again and again, once. */
  minute(): Promise<unknown>
  stop(): Promise<void>
}

/** The receiver of webhooks stands on this machine. */
const webhooksHere = { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8' }

async function onNode(environment: Environment = {}): Promise<Deployment> {
  const control = await startTestControl({ environment: { ...webhooksHere, ...environment }, writeLog: () => {} })
  return {
    call: (path, init) => fetch(`${control.url}${path}`, init),
    token: control.token,
    minute: () => Promise.all(chores.map((chore) => chore.run(control.runtime))),
    stop: () => control.stop(),
  }
}

async function onNodeWithServer(): Promise<Deployment> {
  const sqld = await startSqld()
  const node = await onNode({ WEIR_DATABASE_URL: sqld.url })
  return {
    ...node,
    async stop() {
      await node.stop()
      await sqld.stop()
    },
  }
}

async function onWorkerd(): Promise<Deployment> {
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' })
  await mkdir('dist/web', { recursive: true })
  const sqld = await startSqld()
  const token = 'an-admin-token-of-more-than-32-characters'
  const own = { WEIR_DATABASE_URL: sqld.url, WEIR_SECRET_KEY: newSecretKey(), WEIR_ADMIN_TOKEN: token }
  const secrets = { ...own, ...webhooksHere }
  const harness = createTestHarness({ workers: [{ configPath: './wrangler.toml', secrets }] })
  const { url } = await harness.listen()
  const minute = () => harness.getWorker().scheduled({ cron: '* * * * *' })
  const scheduled = await minute()
  if (scheduled.outcome !== 'ok') throw new Error('The scheduled look for expired leases failed.')
  return {
    call: (path, init) => fetch(new URL(path, url), init),
    token,
    minute,
    async stop() {
      await harness.close()
      await sqld.stop()
    },
  }
}

const onAir = (id = '') => ({
  id,
  state: 'on_air' as const,
  state_detail: 'On air.',
  state_since: '2026-11-01T00:00:00.000Z',
  now: null,
  channel: null,
})

/** What a page says that has played for ten seconds. */
const beaconOf = ({ playback_ids }: LiveStream, page: string): Beacon => ({
  ...{ playback_id: playback_ids[0]?.id ?? '', page_id: page.repeat(36), protocol: 'hls', age_s: 20 },
  ...{ played_s: 10, stalled_s: 0, stalls: 0, startup_ms: 700 },
})

const point = { at: at(0), seconds: 10, source_kbps: 900, output_kbps: 800, fps: 25, lateness_ms: 0 }

describe.each([
  ['Node with embedded libSQL', () => onNode()],
  ['Node with a libSQL server', onNodeWithServer],
  ['workerd with a libSQL server', onWorkerd],
])('control on %s', (_name, deploy) => {
  let deployment: Deployment
  let origin: MediaOrigin
  let receiver: WebhookReceiver
  let worker: FakeWorker
  let stream: LiveStream

  const api = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await deployment.call(path, {
      method,
      headers: {
        authorization: `Bearer ${deployment.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return documented(new URL(answer.url).origin, method, path, answer)
  }

  beforeAll(async () => {
    origin = await startMediaOrigin((_, response) =>
      response.writeHead(200, { 'content-type': 'video/mp4', 'cache-control': 'max-age=60' }).end('media'),
    )
    receiver = await startWebhookReceiver()
    deployment = await deploy()
  })
  afterAll(async () => {
    await deployment?.stop()
    await origin?.stop()
    await receiver?.stop()
  })
  /** What the worker runs; its lease is renewed before each test, however long one takes. */
  let running: SessionReport | undefined
  beforeEach(async () => {
    if (running) await worker.beat([running])
  })

  it('is healthy, and not ready before a worker has joined', async () => {
    expect((await deployment.call('/healthz')).status).toBe(200)
    expect((await deployment.call('/readyz')).status).toBe(503)
  })

  it('lets a person in by invitation, to what their role allows, and tells of it in the audit log', async () => {
    const invitation = (await (await api('POST', '/v1/invitations', { role: 'operator', name: 'Anna' })).json()) as {
      link: string
    }
    const joined = await deployment.call('/v1/session/join', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invitation: new URL(invitation.link).hash.slice(1).split('&')[0], name: 'Anna' }),
    })
    expect(joined.status).toBe(201)
    const { token, user_id } = (await joined.json()) as { token: string; user_id: string }
    const cookie = (joined.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const asAnna = (method: string, path: string, body?: object) =>
      deployment.call(path, {
        method,
        headers: { cookie, 'sec-fetch-site': 'same-origin', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
    const made = (await (await asAnna('POST', '/v1/live-streams', { name: 'Of Anna' })).json()) as LiveStream
    expect((await asAnna('PATCH', `/v1/live-streams/${made.id}`, { name: 'Anna’s' })).status).toBe(200)
    expect((await asAnna('POST', '/v1/tokens', { name: 'x' })).status).toBe(403)
    const reset = await api('POST', `/v1/live-streams/${made.id}/reset-stream-key`, { grace_s: 60 })
    expect(((await reset.json()) as LiveStream).previous_stream_key_until).toBeTypeOf('string')
    const log = await api('GET', `/v1/audit-log?actor=${user_id}`)
    const { data } = (await log.json()) as { data: { action: string; outcome: string; after: object | null }[] }
    expect(data.map(({ action, outcome, after }) => [action, outcome, after])).toMatchObject([
      ['token.create', 'refused', null],
      ['live_stream.change', 'done', { name: 'Anna’s' }],
      ['live_stream.create', 'done', { name: 'Of Anna' }],
      ['session.join', 'done', null],
    ])
    const narrow = { name: 'narrow', scopes: ['read'], live_stream_id: made.id }
    const { token: narrowToken } = (await (await api('POST', '/v1/tokens', narrow)).json()) as { token: string }
    const seen = await deployment.call('/v1/live-streams', { headers: { authorization: `Bearer ${narrowToken}` } })
    expect(((await seen.json()) as { data: LiveStream[] }).data.map(({ id }) => id)).toEqual([made.id])
    expect((await api('DELETE', `/v1/users/${user_id}`)).status).toBe(204)
    expect((await asAnna('GET', '/v1/live-streams')).status).toBe(401)
    const gone = await deployment.call('/v1/live-streams', { headers: { authorization: `Bearer ${token}` } })
    expect(gone.status).toBe(401)
    expect((await api('DELETE', `/v1/live-streams/${made.id}`)).status).toBe(204)
  })

  it('publishes the next signing key beside the one that signs, and encrypts anew', async () => {
    expect((await api('POST', '/v1/keys/rotate-signing-key', { lead_s: 3_600 })).status).toBe(201)
    const { keys } = (await (await deployment.call('/.well-known/jwks.json')).json()) as JSONWebKeySet
    expect(keys).toHaveLength(2)
    const known = (await (await api('GET', '/v1/keys')).json()) as { secret_keys: { secrets: number }[] }
    expect(known.secret_keys).toHaveLength(1)
    expect(await (await api('POST', '/v1/keys/reseal')).json()).toMatchObject({ resealed: 0, unreadable: 0 })
  })

  it('makes a live stream with a destination whose key it never shows', async () => {
    const created = await api('POST', '/v1/live-streams', { name: 'Lecture 1', inputs: [{ type: 'push' }] })
    expect(created.status).toBe(201)
    stream = (await created.json()) as LiveStream
    const destination = { platform: 'custom', url: 'rtmp://127.0.0.1/app', stream_key: 'destination-secret' }
    const added = await api('POST', `/v1/live-streams/${stream.id}/destinations`, destination)
    expect(added.status).toBe(201)
    expect(await added.text()).not.toContain('destination-secret')
  })

  it('tells webhooks what happens, signed, and of alerts', async () => {
    receiver.answer(({ path }) => ({ status: path === '/gone' ? 410 : 204 }))
    const make = async (body: object) => (await (await api('POST', '/v1/webhooks', body)).json()) as { secret: string }
    const { secret } = await make({ url: `${receiver.url}/hooks`, live_stream_id: null })
    await make({ url: `${receiver.url}/gone`, events: ['stream.changed'] })
    await api('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 1', reconnect_window: 90 })
    const told = (type: string) =>
      eventually(`${type} is told`, () => {
        const [found] = receiver.received.filter(({ path, body }) => path === '/hooks' && body.includes(`"${type}"`))
        return found && verified(secret, found)
      })
    expect(await told('stream.changed')).toMatchObject({ data: { live_stream_id: stream.id, sequence: 3 } })
    const raised = eventually('the alert is raised', async () => {
      await deployment.minute()
      const { data } = (await (await api('GET', '/v1/alerts?state=open')).json()) as { data: unknown[] }
      return data.length > 0 && data
    })
    expect(await raised).toMatchObject([{ kind: 'webhook_disabled', subject: { name: new URL(receiver.url).host } }])
    expect(await told('alert.raised')).toMatchObject({ data: { kind: 'webhook_disabled', sequence: 1 } })
  })

  it('adds, changes, pins and removes inputs without showing their secrets', async () => {
    const path = `/v1/live-streams/${stream.id}/inputs`
    const added = await api('POST', path, { type: 'pull', url: 'https://u:input-secret@h/a.m3u8?t=input-secret' })
    expect(added.status).toBe(201)
    const { id, priority } = (await added.json()) as Input
    expect(priority).toBe(2)
    expect((await api('PATCH', `${path}/${id}`, { name: 'Backup' })).status).toBe(200)
    expect((await api('PATCH', `${path}/${id}`, { quality: 'best' })).status).toBe(422)
    const activated = (await (await api('POST', `${path}/${id}/activate`)).json()) as LiveStream
    expect(activated.inputs).toMatchObject([{ pinned: false }, { name: 'Backup', pinned: true }])
    const listed = await (await api('GET', path)).text()
    expect(listed).toContain('https://h/a.m3u8')
    expect(listed).not.toContain('input-secret')
    expect((await api('POST', `${path}/release`)).status).toBe(200)
    expect((await api('DELETE', `${path}/${id}`)).status).toBe(204)
    expect((await api('DELETE', `${path}/${stream.inputs[0]?.id}`)).status).toBe(409)
    const { ingest, inputs, status_reason } = (await (
      await api('GET', `/v1/live-streams/${stream.id}`)
    ).json()) as LiveStream
    expect(inputs).toMatchObject([{ type: 'push', state: 'idle' }])
    expect(status_reason).toBe('waiting_for_source')
    expect(ingest.whip.url).toMatch(new RegExp(`^http://[^/]+/live/${stream.id}/whip$`))
  })

  it('lets a worker join once per token, and is ready then', async () => {
    const { token } = (await (await api('POST', '/v1/join-tokens')).json()) as { token: string }
    worker = await joinFakeWorker(deployment.call, token, { originUrl: origin.url })
    await expect(joinFakeWorker(deployment.call, token)).rejects.toThrow('401')
    expect((await deployment.call('/readyz')).status).toBe(200)
  })

  it('holds a poll back until there is work or an order, and empties a worker', async () => {
    const { token } = (await (await api('POST', '/v1/join-tokens', { labels: ['site=b'] })).json()) as { token: string }
    const other = await joinFakeWorker(deployment.call, token)
    const beat = async () => (await (await other.beat()).json()) as HeartbeatResponse
    const { orders } = await beat()
    const bell = other.post('poll', { slots: 1, wait_s: 20, orders })
    const made = await api('POST', '/v1/live-streams', {
      ...{ name: 'Elsewhere', source: { type: 'test' }, placement: { labels: ['site=b'] } },
    })
    const { id } = (await made.json()) as LiveStream
    // On a busy machine the poll may come when there is work already: then it brings it along.
    const rung = (await (await bell).json()) as { jobs: string[]; again?: string }
    if (rung.jobs.length === 0) expect(rung.again).toBe('work')
    const polled = rung.jobs.length > 0 ? rung : await (await other.post('poll', { slots: 1 })).json()
    const { jobs } = polled as { jobs: string[] }
    expect(jobs.map(jobIn)).toMatchObject([{ live_stream_id: id, fence: 1 }])
    const order = other.post('poll', { slots: 0, wait_s: 20, orders: (await beat()).orders })
    const emptied = await api('PATCH', `/v1/workers/${other.id}`, { draining: true })
    expect(await emptied.json()).toMatchObject({ state: 'draining', live_streams: 1, streams: [{ id }] })
    expect(await (await order).json()).toEqual({ jobs: [], again: 'orders' })
    expect((await beat()).draining).toBe(true)
    expect((await api('DELETE', `/v1/workers/${other.id}`)).status).toBe(409)
    expect((await api('DELETE', `/v1/workers/${other.id}?force=1`)).status).toBe(204)
    expect((await other.beat()).status).toBe(401)
    expect((await api('DELETE', `/v1/live-streams/${id}`)).status).toBe(204)
  })

  it('gives the signed job to the worker that the encoder connected to', async () => {
    const digest = await streamKeyDigest(stream.stream_key ?? '')
    const claimed = await worker.post('publish-claims', { stream_key_digest: digest })
    expect(claimed.status).toBe(200)
    const { job: token } = (await claimed.json()) as { job: string }
    const keys = createLocalJWKSet(worker.jwks as unknown as JSONWebKeySet)
    const job = await verifyJob(token, worker.id, keys, new Date())
    expect(job).toMatchObject({ live_stream_id: stream.id, name: 'Lecture 1', fence: 1, stream_key_digest: digest })
    expect(job.inputs).toEqual([{ id: stream.inputs[0]?.id, type: 'push', priority: 1 }])
    expect(await openSecret(job.sealed_srt_passphrase, worker.sealingKey)).toBe(stream.ingest.srt.passphrase)
    expect(await openSecret(job.destinations[0]?.sealed_stream_key ?? '', worker.sealingKey)).toBe('destination-secret')

    const samples = { at: Math.floor(Date.now() / 1_000) - 2, text: 's=900,800,250' }
    const report = reportOf(job, { inputs: [onAir(job.inputs[0]?.id)], broadcast: tally(), history: [point], samples })
    const beat = await worker.beat([report], { events: sessionEvents(report, [0, 'stream.active']) })
    running = reportOf({ live_stream_id: stream.id, fence: 1, revision: 99 }, { inputs: report.inputs })
    expect((await beat.json()) as HeartbeatResponse).toMatchObject({ jobs: [], stops: [], lost: [] })
    const seen = (await (await api('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
    expect(seen).toMatchObject({ status: 'active', worker_id: worker.id, session_id: 'ses_1', health: { state: 'ok' } })
    expect(seen.inputs).toMatchObject([{ state: 'on_air', state_detail: 'On air.' }])
  })

  it('reports what its worker counts and tells of a broadcast, and draws it', async () => {
    const listed = await (await api('GET', `/v1/live-streams/${stream.id}/broadcasts`)).json()
    expect(listed).toMatchObject({ data: [{ id: 'brd_1', state: 'live' }], next_cursor: null })
    const report = await (await api('GET', '/v1/broadcasts/brd_1/report')).json()
    expect(report).toMatchObject({ programme: { spans: [{ state: 'live' }] }, source: { points: [point] } })
    expect((await api('GET', '/v1/broadcasts/brd_1/timeline.svg')).headers.get('content-type')).toBe('image/svg+xml')
  })

  it('keeps what was measured, and hears of viewers', async () => {
    const range = new URLSearchParams({ from: new Date(Date.now() - 60_000).toISOString(), step: '60' })
    const metrics = (await (await api('GET', `/v1/live-streams/${stream.id}/metrics?${range}`)).json()) as Metrics
    const source = metrics.series.find(({ name }) => name === 'source_bitrate_kbps')
    expect(source?.values).toContain(900)
    const table = await api('GET', `/v1/live-streams/${stream.id}/metrics?${range}&format=csv`)
    expect(table.headers.get('content-type')).toContain('text/csv')
    const told = await deployment.call('/v1/beacons', { method: 'POST', body: JSON.stringify(beaconOf(stream, 'a')) })
    expect(told.status).toBe(204)
    const exposed = parseExposition(await (await api('GET', '/metrics')).text())
    expect(exposed.find(({ name, labels }) => name === 'weir_live_streams' && labels.status === 'active')?.value).toBe(
      1,
    )
  })

  it('lets the worker try a connection, and waits for what comes of it', async () => {
    const url = 'rtmps://ingest.example/live'
    const answering = api('POST', `/v1/live-streams/${stream.id}/destinations/check`, { url })
    const order = await orderedCheck(worker)
    expect(order).toMatchObject({ url, secrets: { stream_key: '', srt_passphrase: null } })
    const result = { ok: true, steps: [{ name: 'connect', ms: 12 }], error: null }
    expect((await worker.post(`destination-checks/${order.id}`, result)).status).toBe(200)
    const answer = await answering
    expect([answer.status, await answer.json()]).toEqual([200, result])
  })

  it('stores uploads piece by piece, and gives them to browsers and workers as they were', async () => {
    const png = new Uint8Array(600_000).map((_, index) => (index * 31) >> 3)
    png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    const uploaded = await deployment.call('/v1/assets?name=Pause', {
      method: 'POST',
      headers: { authorization: `Bearer ${deployment.token}`, 'content-type': 'image/png' },
      body: png,
    })
    expect(uploaded.status).toBe(201)
    const asset = (await uploaded.json()) as Asset
    const sha256 = createHash('sha256').update(png).digest('hex')
    expect(asset).toMatchObject({ kind: 'image', name: 'Pause', size_bytes: 600_000, sha256 })
    const content = await api('GET', `/v1/assets/${asset.id}/content`)
    expect(content.headers.get('content-type')).toBe('image/png')
    expect(Buffer.compare(Buffer.from(await content.arrayBuffer()), png)).toBe(0)
    const fetched = await worker.get(`assets/${asset.id}`)
    expect(Buffer.compare(Buffer.from(await fetched.arrayBuffer()), png)).toBe(0)

    const during = { type: 'image', asset_id: asset.id }
    const changed = await api('PATCH', `/v1/live-streams/${stream.id}`, { slate: { during } })
    expect(((await changed.json()) as LiveStream).slate).toEqual({ before: null, during, after: null })
    expect((await api('DELETE', `/v1/assets/${asset.id}`)).status).toBe(409)
    const after = { type: 'card', text: 'Goodbye', seconds: 10 }
    expect(await (await api('PATCH', '/v1/settings', { slate: { after } })).json()).toMatchObject({ slate: { after } })
    const beat = await worker.beat([reportOf({ live_stream_id: stream.id, fence: 1, revision: 1 })])
    const [job] = ((await beat.json()) as HeartbeatResponse).jobs
    expect(jobIn(job ?? '').slate).toEqual({
      before: { type: 'card', text: null },
      during: {
        type: 'image',
        asset: { id: asset.id, name: 'Pause', content_type: 'image/png', size_bytes: 600_000, sha256 },
      },
      after: { type: 'card', text: 'Goodbye' },
      after_seconds: 10,
    })
    await api('PATCH', `/v1/live-streams/${stream.id}`, { slate: { during: null } })
    expect((await api('DELETE', `/v1/assets/${asset.id}`)).status).toBe(204)
    expect((await api('GET', `/v1/assets/${asset.id}/content`)).status).toBe(404)
  })

  it('tells players where the media is, and serves it from the worker', async () => {
    const playbackId = stream.playback_ids[0]?.id
    const playback = (await (await deployment.call(`/v1/playback/${playbackId}`)).json()) as Playback
    expect(playback).toMatchObject({ title: 'Lecture 1', status: 'active', playable: true })
    const media = await deployment.call(`/live/${playbackId}/e/720p/init.mp4`)
    expect(media.status).toBe(200)
    expect(media.headers.get('access-control-allow-origin')).toBe('*')
    expect(await media.text()).toBe('media')
  })

  it('hands a publisher over WebRTC to the worker that runs the stream', async () => {
    const answer = await deployment.call(`/live/${stream.id}/whip`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp', authorization: 'Bearer key' },
      body: 'v=0',
    })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.text()).toBe('media')
    expect(origin.requests).toContain(`/live/${stream.id}/whip`)
  })

  it('answers 404 for an unknown playback id and 503 for a worker that is down', async () => {
    const unknown = await deployment.call('/live/pb_unknown/index.m3u8')
    expect(unknown.status).toBe(404)
    expect(unknown.headers.get('content-type')).toBe('application/problem+json')
    expect((await deployment.call('/v1/playback/pb_unknown')).status).toBe(404)
    await origin.stop()
    const down = await deployment.call(`/live/${stream.playback_ids[0]?.id}/index.m3u8`)
    expect(down.status).toBe(503)
    expect(down.headers.get('retry-after')).toBe('1')
    expect(await down.json()).toMatchObject({ code: 'worker_unreachable' })
  })

  it('streams live updates, and goes on after the last one that was seen', async () => {
    const abort = new AbortController()
    const watch = async (lastEventId?: string) => {
      const updates = await deployment.call('/v1/stream', {
        headers: {
          authorization: `Bearer ${deployment.token}`,
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: abort.signal,
      })
      expect(updates.headers.get('content-type')).toContain('text/event-stream')
      return textReader(updates)
    }
    const reader = await watch()
    expect((await reader.read()).value).toContain('retry:')
    await api('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 2' })
    const text = await readUntil(reader, 'stream.changed')
    expect(text).toContain('event: live_stream\n')
    expect(text).toContain('Lecture 2')
    const seen = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1]
    await reader.cancel()
    await api('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 3' })
    const missed = await readUntil(await watch(seen), 'stream.changed')
    expect(missed).toContain('Lecture 3')
    expect(missed.match(/^event: event$/gm)).toHaveLength(1)
    abort.abort()
  })

  it('keeps the rules of the API', async () => {
    const document = (await (await deployment.call('/openapi.json')).json()) as never
    expect(await new Validator().validate(document)).toMatchObject({ valid: true })
    const first = await api('GET', `/v1/live-streams/${stream.id}`)
    const etag = first.headers.get('etag') ?? ''
    expect([first.headers.get('ratelimit-policy'), first.headers.get('x-request-id')]).toEqual([
      '"default";q=6000;w=60',
      expect.stringMatching(/^req_/),
    ])
    const destinations = `/v1/live-streams/${stream.id}/destinations`
    const tag = (await api('GET', destinations)).headers.get('etag') ?? ''
    expect((await api('GET', destinations, undefined, { 'if-none-match': tag })).status).toBe(304)
    await api('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Other' })
    const stale = await api('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Stale' }, { 'if-match': etag })
    expect([stale.status, (await stale.json()).code]).toEqual([412, 'precondition_failed'])
    const once = () => api('POST', '/v1/live-streams', { name: 'Once' }, { 'idempotency-key': 'one' })
    const made = await (await once()).json()
    const again = await once()
    expect([again.headers.get('idempotency-replayed'), await again.json()]).toEqual(['true', made])
    await api('DELETE', `/v1/live-streams/${made.id}`)
    const wrong = await api('PUT', '/v1/workers', {})
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const watch = `${new URL(first.url).origin}/watch/${stream.playback_ids[0]?.id}`
    const embed = await deployment.call(`/oembed?url=${encodeURIComponent(watch)}`)
    expect(await embed.json()).toMatchObject({ type: 'video', title: 'Other' })
  })

  // On Node it is shown with a clock of its own: tests/control/statistics/beacons.test.ts.
  it.runIf(_name.startsWith('workerd'))('counts viewers after the answer to the first of them', async () => {
    await deployment.call('/v1/beacons', { method: 'POST', body: JSON.stringify(beaconOf(stream, 'b')) })
    await eventually('it is counted', async () => {
      const { viewers } = (await (await api('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
      return viewers.now > 0
    })
    const audience = (await (await api('GET', `/v1/live-streams/${stream.id}/audience`)).json()) as Audience
    expect(audience.quality).toMatchObject([{ protocol: 'hls' }])
    expect(audience.quality[0]?.plays).toBeGreaterThan(0)
  })

  it('keeps what its worker logs, and what control says of a request', async () => {
    const line = { id: 'b-1', time: at(0), level: 'info', part: 'ffmpeg', msg: 'said by FFmpeg', stream: stream.id }
    await worker.beat([reportOf({ live_stream_id: stream.id, fence: 1, revision: 99 })], { logs: [line] })
    const renamed = await deployment.call(`/v1/live-streams/${stream.id}`, {
      method: 'PATCH',
      headers: {
        ...{ authorization: `Bearer ${deployment.token}`, 'content-type': 'application/json' },
        'x-request-id': 'case-42',
      },
      body: '{"name":"Lecture 3"}',
    })
    expect(renamed.headers.get('x-request-id')).toBe('case-42')
    const logs = async () => await (await api('GET', `/v1/live-streams/${stream.id}/logs`)).text()
    await eventually('both are there', async () => /said by FFmpeg/.test(await logs()) && /case-42/.test(await logs()))
    expect(await (await api('GET', `/v1/live-streams/${stream.id}/events?limit=1`)).json()).toMatchObject({
      data: [{ type: 'stream.changed', request_id: 'case-42' }],
    })
    expect(await (await api('PATCH', '/v1/log-levels', { workers: 'warn' })).json()).toMatchObject({ workers: 'warn' })
  })

  it('exports its configuration with sealed secrets, and imports it as a copy', async () => {
    const headers = {
      ...{ authorization: `Bearer ${deployment.token}`, 'content-type': 'application/json' },
      'weir-passphrase': 'a%20passphrase%20of%20some%20length',
    }
    const exported = await deployment.call('/v1/export?secrets=include', { headers })
    expect(exported.status).toBe(200)
    const body = await exported.text()
    expect(body).not.toContain('destination-secret')
    const imported = await deployment.call('/v1/import?ids=new', { method: 'POST', headers, body })
    expect(await imported.json()).toMatchObject({ counts: { destinations: { created: 1 } }, warnings: [] })
    const again = await deployment.call('/v1/import?dry_run=1', { method: 'POST', headers, body })
    expect(await again.json()).toMatchObject({ dry_run: true, changes: [] })
  })

  it('ends the broadcast on an order, and waits for the next one', async () => {
    expect((await api('POST', `/v1/live-streams/${stream.id}/complete`)).status).toBe(200)
    const report = reportOf({ live_stream_id: stream.id, fence: 1, revision: 99 })
    const { stops } = (await (await worker.beat([report])).json()) as HeartbeatResponse
    expect(stops).toEqual([{ live_stream_id: stream.id, fence: 1, reason: 'completed' }])
    running = undefined
    await worker.beat([{ ...report, status: 'idle', status_reason: 'completed', ended: true }])
    const seen = (await (await api('GET', `/v1/live-streams/${stream.id}`)).json()) as LiveStream
    expect(seen).toMatchObject({ status: 'idle', status_reason: 'completed', enabled: true, worker_id: null })
  })
})
