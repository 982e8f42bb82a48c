import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { trimDeliveries } from '#control/webhooks/trim.ts'
import type { Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts'

const hour = 3_600_000
const environment = { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8' }
const toClose: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

/** A control plane whose clock stands still, but for what a test moves it. */
async function start(dataDir?: string) {
  let nowMs = Date.UTC(2026, 10, 1)
  const control = await startTestControl({
    environment,
    now: () => new Date(nowMs),
    choresEveryMs: hour,
    ...(dataDir && { dataDir }),
  })
  toClose.push(() => control.stop())
  return {
    control,
    nowMs: () => nowMs,
    async moveTo(ms: number) {
      nowMs = ms
      control.runtime.pulse.fire()
    },
  }
}

async function receiver(): Promise<WebhookReceiver> {
  const started = await startWebhookReceiver()
  toClose.push(() => started.stop())
  return started
}

async function ask<Answer>(control: TestControl, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await control.call(method, path, body)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

const addWebhook = (control: TestControl, url: string) =>
  ask<Webhook>(control, 'POST', '/v1/webhooks', { url, events: ['stream.created'] })
const addStream = (control: TestControl, name = 'Talk') => ask(control, 'POST', '/v1/live-streams', { name })
const logOf = async (control: TestControl, id: string) =>
  (await ask<{ data: WebhookDelivery[] }>(control, 'GET', `/v1/webhooks/${id}/deliveries?limit=200`)).data
const webhookOf = (control: TestControl, id: string) => ask<Webhook>(control, 'GET', `/v1/webhooks/${id}`)

it('tries a dead address for 24 hours, switches it off after that, and never lets another one wait', async () => {
  const { control, moveTo, nowMs } = await start()
  const [dead, healthy] = [await receiver(), await receiver()]
  dead.answer(() => ({ status: 503 }))
  const { id } = await addWebhook(control, dead.url)
  await addWebhook(control, healthy.url)
  const beganMs = nowMs()
  await addStream(control, 'First')
  for (let attempts = 1; ; attempts++) {
    const [delivery] = await eventually('the attempt is over', async () => {
      const log = await logOf(control, id)
      return log[0]?.attempts === attempts && log[0].state !== 'sending' && log
    })
    if (delivery?.state === 'failed') break
    expect(delivery).toMatchObject({ state: 'waiting', response: { status: 503 } })
    await moveTo(Date.parse(delivery?.next_attempt_at ?? ''))
  }
  const tries = dead.received.length
  expect(tries).toBeGreaterThanOrEqual(12)
  expect(tries).toBeLessThanOrEqual(18)
  expect(nowMs() - beganMs).toBeGreaterThan(20 * hour)
  expect(nowMs() - beganMs).toBeLessThanOrEqual(24 * hour)
  expect(new Set(dead.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect(new Set(dead.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(tries)
  expect(await webhookOf(control, id)).toMatchObject({ enabled: true, failures: tries })

  await moveTo(beganMs + 25 * hour)
  await addStream(control, 'Second')
  await eventually('it is switched off', async () => !(await webhookOf(control, id)).enabled)
  expect(await webhookOf(control, id)).toMatchObject({ disabled_reason: 'failing', failures: tries + 1 })
  expect((await logOf(control, id)).map(({ state }) => state)).toEqual(['failed', 'failed'])
  await eventually('the other one has both', () => healthy.received.length === 2)
})

it('sends all that waited as soon as an address is back', async () => {
  const { control, moveTo, nowMs } = await start()
  const target = await receiver()
  target.answer(() => ({ status: 503 }))
  const { id } = await addWebhook(control, target.url)
  const names = ['First', 'Second', 'Third']
  for (const name of names) await addStream(control, name)
  // Until the distance between two attempts is an hour and more.
  for (let round = 0; round < 7; round++) {
    const waiting = await eventually('nothing is under way', async () => {
      const log = await logOf(control, id)
      return log.every(({ state, attempts }) => state === 'waiting' && attempts > round) && log
    })
    await moveTo(Math.max(...waiting.map(({ next_attempt_at }) => Date.parse(next_attempt_at ?? ''))))
  }
  await eventually('they wait for long', async () =>
    (await logOf(control, id)).every(({ next_attempt_at }) => Date.parse(next_attempt_at ?? '') > nowMs() + hour),
  )
  target.answer(() => ({ status: 204 }))
  const before = target.received.length
  await addStream(control, 'Fourth')
  await eventually('all are delivered', async () =>
    (await logOf(control, id)).every(({ state }) => state === 'delivered'),
  )
  const [first, ...others] = target.told().slice(before)
  expect(first?.data.live_stream_name).toBe('Fourth')
  expect(others.map(({ data }) => data.live_stream_name).toSorted()).toEqual(names.toSorted())
})

it('sends to others at once while an address takes requests and never answers', async () => {
  const { control } = await start()
  const [silent, healthy] = [await receiver(), await receiver()]
  silent.answer(() => null)
  await addWebhook(control, silent.url)
  await addWebhook(control, healthy.url)
  for (let count = 1; count <= 6; count++) {
    await addStream(control)
    await eventually('it came', () => healthy.received.length === count)
  }
  await eventually('it was asked all the same', () => silent.received.length >= 4)
  expect(silent.mostOpen()).toBe(4)
})

it('waits five seconds for an answer, and no longer', async () => {
  const { control } = await start()
  const waited: number[] = []
  const { post } = control.runtime.webhookPosts
  vi.spyOn(control.runtime.webhookPosts, 'post').mockImplementation((request) => {
    waited.push(request.withinMs)
    return post({ ...request, withinMs: 50 })
  })
  const silent = await receiver()
  silent.answer(() => null)
  const { id } = await addWebhook(control, silent.url)
  await addStream(control)
  const [delivery] = await eventually('it is given up', async () => {
    const log = await logOf(control, id)
    return log[0]?.error && log
  })
  expect(delivery).toMatchObject({ state: 'waiting', response: null, error: expect.stringContaining('did not answer') })
  expect(waited).toEqual([5_000])
})

it('sends each event once, however many processes share the database', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'weir-webhooks-'))
  toClose.push(() => rm(dataDir, { recursive: true, force: true }))
  const one = await start(dataDir)
  const other = await start(dataDir)
  const target = await receiver()
  await addWebhook(one.control, target.url)
  const count = 40
  for (let index = 0; index < count; index++) await addStream((index % 2 ? one : other).control, `S${index}`)
  await eventually('all came', () => target.received.length >= count)
  for (const { runtime } of [one.control, other.control]) runtime.pulse.fire()
  const { id } = (await ask<{ data: [Webhook] }>(one.control, 'GET', '/v1/webhooks')).data[0]
  await eventually('all are done', async () =>
    (await logOf(other.control, id)).every(({ state, attempts }) => state === 'delivered' && attempts === 1),
  )
  expect(new Set(target.received.map(({ headers }) => headers['webhook-id'])).size).toBe(count)
  expect(target.received).toHaveLength(count)
})

it('sends no more to an address that answers 410, whatever waits for it', async () => {
  const { control } = await start()
  const target = await receiver()
  target.answer(() => ({ status: 410 }))
  const { id } = await addWebhook(control, target.url)
  await control.runtime.db.run(`INSERT INTO events (id, live_stream_id, type, detail, at)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
    SELECT 'evt_' || i, 'ls_1', 'stream.created', '', '' FROM n`)
  control.runtime.pulse.fire()
  await eventually('nothing waits', async () => (await logOf(control, id)).every(({ state }) => state === 'failed'))
  expect(await webhookOf(control, id)).toMatchObject({ enabled: false, disabled_reason: 'gone' })
  expect(target.received.length).toBeLessThanOrEqual(8)
})

it('takes up what another process had begun to send and died over', async () => {
  const { control, moveTo, nowMs } = await start()
  const target = await receiver()
  const { id } = await addWebhook(control, target.url)
  await addStream(control)
  await eventually('it came', () => target.received.length === 1)
  await eventually('it is done', async () => (await logOf(control, id))[0]?.state === 'delivered')
  await control.runtime.db.run(`UPDATE webhook_deliveries SET state = 'sending', next_attempt_at = ${nowMs() + 30_000}`)
  await moveTo(nowMs() + 29_000)
  await addStream(control)
  await eventually('the next one came', () => target.received.length === 2)
  await moveTo(nowMs() + 1_000)
  await eventually('the lost one came again', () => target.received.length === 3)
  const [first, , again] = target.received.map(({ headers }) => headers['webhook-id'])
  expect(again).toBe(first)
})

it('keeps 500 that are done and 5,000 that wait of each webhook', async () => {
  const { control } = await start()
  const { db } = control.runtime
  const { id } = await addWebhook(control, 'https://example.com/')
  await ask(control, 'PATCH', `/v1/webhooks/${id}`, { enabled: false })
  const put = (state: string, count: number) =>
    db.run(`INSERT INTO webhook_deliveries (id, webhook_id, message_id, type, at, body, state, attempts, next_attempt_at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT '${state}' || i, '${id}', '${state}' || i, 'a.b', '', '{}', '${state}', 0, ${state === 'waiting' ? 0 : 'NULL'} FROM n`)
  await put('delivered', 600)
  await put('waiting', 5_010)
  await trimDeliveries(db)
  const counts = await db.all(`SELECT state, count(*), min(seq) FROM webhook_deliveries GROUP BY state ORDER BY state`)
  expect(counts).toEqual([
    ['delivered', 500, 101],
    ['failed', 10, 601],
    ['waiting', 5_000, 611],
  ])
})
