import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { evaluateAlerts } from '#control/alerts/evaluate.ts'
import type { Alert, AlertSettings } from '#schema/contracts/alert.ts'
import { type DestinationStatus, idleDestination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { HeartbeatRequest, SessionReport } from '#schema/contracts/worker.ts'
import { workerFigures } from '#schema/samples/figures.ts'
import { printSecond } from '#schema/samples/text.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '../../support/fake-worker.ts'
import { jobIn } from '../../support/jobs.ts'
import { startWebhookReceiver, type Told, type WebhookReceiver } from '../../support/webhook-receiver.ts'

let dataDir: string
let control: TestControl
let receiver: WebhookReceiver
let worker: FakeWorker
/** Of the clock by which control goes. */
let aheadMs = 0

const start = () =>
  startTestControl({
    dataDir,
    environment: { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8' },
    now: () => new Date(Date.now() + aheadMs),
    choresEveryMs: 3_600_000,
  })

beforeEach(async () => {
  aheadMs = 0
  dataDir = await mkdtemp(join(tmpdir(), 'weir-alerts-'))
  receiver = await startWebhookReceiver()
  control = await start()
  worker = await joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), await control.joinToken())
  await ask('POST', '/v1/webhooks', { url: receiver.url, events: ['alert.*'] })
})
afterEach(async () => {
  await control.stop()
  await receiver.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await control.call(method, path, body)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

const alertsOf = async (query = '') => (await ask<{ data: Alert[] }>('GET', `/v1/alerts${query}`)).data
/** Each message once, as receivers go by its id: here the clock runs away while one is being sent, and it is sent again. */
const told = () => {
  const messages = new Map(
    receiver.received.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body) as Told]),
  )
  return Array.from(messages.values(), ({ type, data }) => `${type} ${data.kind}`)
}

/** A live stream that the worker has on air, with a destination. */
async function onAir(): Promise<{ stream: LiveStream; report: (more: Partial<SessionReport>) => SessionReport }> {
  const stream = await ask<LiveStream>('POST', '/v1/live-streams', { name: 'Talk', source: { type: 'test' } })
  const address = { platform: 'custom', name: 'Studio', url: 'rtmp://10.0.0.1/app', stream_key: 'k' }
  await ask('POST', `/v1/live-streams/${stream.id}/destinations`, address)
  const polled = (await (await worker.post('poll', { slots: 1 })).json()) as { jobs: string[] }
  const job = jobIn(polled.jobs[0] ?? '')
  const id = job.destinations[0]?.id ?? ''
  const failing: DestinationStatus = { ...idleDestination, state: 'retrying', retries: 3 }
  return {
    stream,
    report: (more) => reportOf(job, { destinations: [{ ...failing, id, state: 'broadcasting' }], ...more }),
  }
}

const tooSlow = { code: 'encode_too_slow', severity: 'error', detail: 'Too slow.', fix: 'Less.' } as const

/** Beats and looks each 5 s for so long. A worker signs by the real clock, so it is heard at the real time. */
async function during(seconds: number, sessions: readonly SessionReport[], more: Partial<HeartbeatRequest> = {}) {
  for (const endMs = aheadMs + seconds * 1_000; aheadMs < endMs; aheadMs += 5_000) {
    const presentMs = aheadMs
    aheadMs = 0
    const beat = await worker.beat(sessions, more)
    if (!beat.ok) throw new Error(await beat.text())
    aheadMs = presentMs
    await control.runtime.db.run(`UPDATE workers SET last_seen_at = ${control.runtime.now().getTime()}`)
    await evaluateAlerts(control.runtime)
  }
}

it('raises alerts for a source that is away, a platform that fails and an encode that is slow, and resolves them', async () => {
  const { stream, report } = await onAir()
  const other = await onAir()
  const [destination] = report({}).destinations
  if (!destination) throw new Error('There is no destination.')
  const refused = { code: 'rejected', detail: 'The platform refuses.', fix: 'Ask it.', severity: 'error' as const }
  const bad = report({
    status: 'reconnecting',
    status_reason: 'source_lost',
    destinations: [{ ...destination, state: 'starting', retries: 3, last_error: refused }],
  })
  const slow = other.report({ issues: [tooSlow] })
  await during(40, [bad, slow])
  expect((await alertsOf('?state=open')).map(({ kind }) => kind).sort()).toEqual(['encode_slow', 'source_down'])
  await during(40, [bad, slow])
  const open = await alertsOf('?state=open')
  expect(open.find(({ kind }) => kind === 'destination_failing')).toMatchObject({
    severity: 'error',
    subject: { id: destination.id, name: 'Studio (Talk)' },
    live_stream_id: stream.id,
    detail: 'The platform refuses.',
    fix: 'Ask it.',
  })
  expect(open).toHaveLength(3)
  await during(60, [report({}), other.report({})])
  expect(await alertsOf('?state=open')).toEqual([])
  expect((await alertsOf()).map(({ state }) => state)).toEqual(Array(3).fill('resolved'))
  await eventually('all is told', () => told().length >= 6)
  expect(told().sort()).toEqual(
    ['destination_failing', 'encode_slow', 'source_down']
      .flatMap((kind) => [`alert.raised ${kind}`, `alert.resolved ${kind}`])
      .sort(),
  )
})

it('raises one for a worker that is silent, whoever looks and however often, also after control was away', async () => {
  aheadMs = 20_000
  await evaluateAlerts(control.runtime)
  await control.stop()
  // What was seen before does not count: the worker could not be heard while control was away.
  aheadMs = 600_000
  control = await start()
  const other = await start()
  await evaluateAlerts(control.runtime)
  expect(await alertsOf()).toEqual([])
  aheadMs += 31_000
  await Promise.all([evaluateAlerts(control.runtime), evaluateAlerts(other.runtime)])
  await Promise.all([evaluateAlerts(control.runtime), evaluateAlerts(other.runtime)])
  await other.stop()
  expect(await alertsOf('?state=open')).toMatchObject([
    { kind: 'worker_lost', subject: { id: worker.id, name: 'fake' } },
  ])
  await eventually('it is told', () => receiver.received.length > 0)
  await during(30, [])
  await eventually('its end is told', () => told().includes('alert.resolved worker_lost'))
  expect(told()).toEqual(['alert.raised worker_lost', 'alert.resolved worker_lost'])
})

it('raises one for a disk without room, and one for a webhook that was switched off', async () => {
  const values = workerFigures.map(({ name }) => ({ disk_free_mb: 4_000, disk_total_mb: 100_000 })[name as string] ?? 0)
  const samples = { at: Math.floor(Date.now() / 1_000), text: `w=${printSecond('w', values)}` }
  receiver.answer(({ path }) => ({ status: path === '/gone' ? 410 : 204 }))
  await ask('POST', '/v1/webhooks', { url: `${receiver.url}/gone`, events: ['stream.created'] })
  await ask('POST', '/v1/live-streams', { name: 'Talk' })
  await eventually('it was asked', () => receiver.received.some(({ path }) => path === '/gone'))
  await eventually('it is off', async () =>
    (await control.call('GET', '/v1/webhooks').then((r) => r.text())).includes('"gone"'),
  )
  await during(40, [], { samples })
  const open = await alertsOf('?state=open')
  expect(
    open
      .filter(({ subject }) => subject.id !== 'install')
      .map(({ kind, detail }) => [kind, detail])
      .sort(),
  ).toEqual([
    ['disk_low', 'Its disk of 100 GB has less than 10 % of room left.'],
    ['webhook_disabled', expect.stringContaining('410')],
  ])
})

it('lets people acknowledge, page, and change rules and quiet times', async () => {
  const [away, slow] = [await onAir(), await onAir()]
  await during(45, [away.report({ status: 'reconnecting' }), slow.report({ issues: [tooSlow] })])
  const page = await ask<{ data: Alert[]; next_cursor: string }>('GET', '/v1/alerts?limit=1')
  const [next] = await alertsOf(`?limit=1&cursor=${page.next_cursor}`)
  expect([page.data[0]?.kind, next?.kind].sort()).toEqual(['encode_slow', 'source_down'])
  const known = await ask<Alert>('POST', `/v1/alerts/${next?.id}/acknowledge`)
  expect(known).toMatchObject({
    state: 'open',
    acknowledged_by: expect.any(String),
    acknowledged_at: expect.any(String),
  })
  expect(await ask('POST', `/v1/alerts/${next?.id}/acknowledge`)).toEqual(known)
  expect((await control.call('POST', '/v1/alerts/alr_x/acknowledge')).status).toBe(404)

  const quiet = { days: ['sat', 'sun'], from: '00:00', to: '00:00', time_zone: 'Asia/Tokyo' }
  const changed = await ask<AlertSettings>('PATCH', '/v1/alert-rules', {
    rules: [{ kind: 'source_down', enabled: false }],
    quiet_times: [quiet],
    reminder_hours: 0,
  })
  await ask('PATCH', '/v1/alert-rules', { rules: [{ kind: 'source_down', threshold: 90 }] })
  const settings = await ask<AlertSettings>('GET', '/v1/alert-rules')
  expect(changed).toMatchObject({ quiet_times: [{ ...quiet, kinds: null }], reminder_hours: 0 })
  expect(settings.rules[0]).toMatchObject({ kind: 'source_down', enabled: false, threshold: 90, unit: 'seconds' })
  expect(settings.rules).toHaveLength(8)
  const refused = await control.call('PATCH', '/v1/alert-rules', {
    quiet_times: [{ ...quiet, time_zone: 'Moon/Sea', from: '24:00' }],
    rules: [{ kind: 'disk_low', threshold: 101 }],
  })
  expect(
    ((await refused.json()) as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer).sort(),
  ).toEqual(['/quiet_times/0/from', '/quiet_times/0/time_zone', '/rules/0/threshold'])
})
