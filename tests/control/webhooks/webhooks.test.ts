import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Webhook, WebhookDelivery } from '#schema/contracts/webhook.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled } from '../../support/jobs.ts'
import { startWebhookReceiver, verified, type WebhookReceiver } from '../../support/webhook-receiver.ts'

let control: TestControl
let receiver: WebhookReceiver

beforeAll(async () => {
  control = await startTestControl({ environment: { WEIR_WEBHOOK_ALLOW: '127.0.0.0/8' } })
})
afterAll(() => control.stop())

beforeEach(async () => {
  receiver = await startWebhookReceiver()
  return async () => {
    for (const { id } of (await ask<{ data: Webhook[] }>('GET', '/v1/webhooks')).data)
      await control.call('DELETE', `/v1/webhooks/${id}`)
    await receiver.stop()
  }
})

async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await control.call(method, path, body)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Answer
}

const newStream = (name = 'Talk') => ask<LiveStream>('POST', '/v1/live-streams', { name })
const newWebhook = (more: object = {}) =>
  ask<Webhook & { secret: string }>('POST', '/v1/webhooks', { url: receiver.url, ...more })
const deliveries = async (id: string, query = '') =>
  (await ask<{ data: WebhookDelivery[] }>('GET', `/v1/webhooks/${id}/deliveries${query}`)).data
const received = (count: number) => eventually(`${count} have come`, () => receiver.received.length >= count)
/** Until the log of a webhook is as `condition` wants it. */
const logged = (id: string, condition: (all: WebhookDelivery[]) => boolean) =>
  eventually('the log tells of it', async () => {
    const all = await deliveries(id)
    return condition(all) && all
  })

describe('what is delivered', () => {
  it('is signed, numbered within its stream, and says what happened', async () => {
    const { secret } = await newWebhook()
    const stream = await newStream()
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    await control.call('POST', `/v1/live-streams/${stream.id}/enable`)
    await received(3)
    const told = receiver.received.map((each) => verified(secret, each))
    const inOrder = told.toSorted((a, b) => a.data.sequence - b.data.sequence)
    expect(inOrder.map(({ type, data }) => [type, data.sequence])).toEqual([
      ['stream.created', 1],
      ['stream.disabled', 2],
      ['stream.enabled', 3],
    ])
    expect(inOrder[1]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { live_stream_id: stream.id, live_stream_name: 'Talk', detail: 'The live stream was switched off.' },
    })
    const [first] = receiver.received
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': told[0]?.data.id })
    const events = await ask<{ data: { id: string; sequence: number }[] }>(
      'GET',
      `/v1/live-streams/${stream.id}/events`,
    )
    expect(events.data.map(({ id, sequence }) => [id, sequence])).toEqual(
      inOrder.toReversed().map(({ data }) => [data.id, data.sequence]),
    )
  })

  it('says which request caused it, and to which session it belongs', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    const worker = await addWorker(control)
    const [job = expect.fail('no job')] = await polled(worker)
    await worker.beat([reportOf(job, { session_id: 'ses_7' })])
    await newWebhook()
    const completed = await control.call('POST', `/v1/live-streams/${stream.id}/complete`)
    await received(1)
    expect(receiver.told()[0]?.data).toMatchObject({
      ...{ session_id: 'ses_7', request_id: completed.headers.get('x-request-id') },
    })
  })

  it('is what the filter names, of the live stream that is named', async () => {
    const [one, other] = [await newStream('One'), await newStream('Other')]
    await newWebhook({ events: ['*.enabled', 'stream.deleted'], live_stream_id: one.id })
    for (const { id } of [other, one]) {
      await control.call('POST', `/v1/live-streams/${id}/disable`)
      await control.call('POST', `/v1/live-streams/${id}/enable`)
      await control.call('DELETE', `/v1/live-streams/${id}`)
    }
    await received(2)
    const told = receiver.told().toSorted((a, b) => a.data.sequence - b.data.sequence)
    expect(told.map(({ type, data }) => [type, data.live_stream_name])).toEqual([
      ['stream.enabled', 'One'],
      ['stream.deleted', 'One'],
    ])
  })

  it('bears both signatures while the secret changes over, and no secret is shown again', async () => {
    const webhook = await newWebhook()
    const rotated = await ask<{ secret: string }>('POST', `/v1/webhooks/${webhook.id}/rotate-secret`, {})
    await newStream()
    await received(1)
    const [one] = receiver.received
    if (!one) throw new Error('Nothing came.')
    expect(rotated.secret).not.toBe(webhook.secret)
    for (const secret of [webhook.secret, rotated.secret]) expect(verified(secret, one).type).toBe('stream.created')

    await ask('POST', `/v1/webhooks/${webhook.id}/rotate-secret`, { overlap_s: 0 })
    await newStream()
    await received(2)
    const [, two] = receiver.received
    expect(() => two && verified(rotated.secret, two)).toThrow('No matching signature')
    const shown = await control.call('GET', `/v1/webhooks/${webhook.id}`)
    expect(await shown.text()).not.toContain('whsec_')
    expect(await (await control.call('GET', '/v1/webhooks')).text()).not.toContain('whsec_')
    expect(JSON.stringify(await control.runtime.db.all('SELECT * FROM webhooks'))).not.toContain('whsec_')
  })
})

describe('the log', () => {
  it('has what was answered, is paged and filtered, and replays', async () => {
    receiver.answer(() => ({ status: 500, body: 'x'.repeat(5_000) }))
    const webhook = await newWebhook({ events: ['stream.created'] })
    await newStream('One')
    await newStream('Two')
    const failed = await logged(webhook.id, (all) => all.filter(({ response }) => response).length === 2)
    expect(failed).toMatchObject([
      { type: 'stream.created', state: 'waiting', attempts: 1, response: { status: 500, body: 'x'.repeat(1_024) } },
      { state: 'waiting', error: expect.stringContaining('500'), next_attempt_at: expect.any(String) },
    ])
    const page = await ask<{ data: WebhookDelivery[]; next_cursor: string }>(
      'GET',
      `/v1/webhooks/${webhook.id}/deliveries?limit=1&state=waiting`,
    )
    const next = await deliveries(webhook.id, `?limit=1&state=waiting&cursor=${page.next_cursor}`)
    expect([...page.data, ...next].map(({ id }) => id)).toEqual(failed.map(({ id }) => id))
    expect(await deliveries(webhook.id, '?state=delivered')).toEqual([])
    expect((await ask<Webhook>('GET', `/v1/webhooks/${webhook.id}`)).failures).toBe(2)

    receiver.answer(() => ({ status: 200, body: 'thanks' }))
    for (const { id } of failed) await ask('POST', `/v1/webhooks/${webhook.id}/deliveries/${id}/replay`)
    const delivered = await logged(webhook.id, (all) => all.every(({ state }) => state === 'delivered'))
    expect(delivered).toMatchObject([{ attempts: 1, response: { status: 200, body: 'thanks' }, error: null }, {}])
    expect(await ask('GET', `/v1/webhooks/${webhook.id}`)).toMatchObject({ failures: 0, failing_since: null })
    const [before] = receiver.received.slice(0, 2).map(({ headers }) => headers['webhook-id'])
    expect(receiver.received.slice(2).map(({ headers }) => headers['webhook-id'])).toContain(before)
    expect((await control.call('POST', `/v1/webhooks/${webhook.id}/deliveries/whd_x/replay`)).status).toBe(404)
  })

  it('has tests, which are sent at once and show what came of them', async () => {
    const { id, secret } = await newWebhook({ enabled: false })
    const sent = await ask<WebhookDelivery>('POST', `/v1/webhooks/${id}/test`)
    expect(sent).toMatchObject({ type: 'webhook.test', state: 'delivered', response: { status: 204 } })
    const [one] = receiver.received
    expect(one && verified(secret, one)).toMatchObject({ type: 'webhook.test' })
    receiver.answer(() => ({ status: 302, headers: { location: `${receiver.url}/elsewhere` } }))
    expect(await ask('POST', `/v1/webhooks/${id}/test`)).toMatchObject({
      state: 'failed',
      response: { status: 302 },
      error: expect.stringContaining('redirect'),
    })
    expect(receiver.received.map(({ path }) => path)).toEqual(['/', '/'])
    expect(await deliveries(id)).toHaveLength(2)
  })
})

describe('a webhook', () => {
  it('that answers 410 is switched off, and works again once it is switched on', async () => {
    receiver.answer(() => ({ status: 410 }))
    const { id } = await newWebhook({ events: ['stream.created'] })
    await newStream()
    await eventually('it is off', async () => !(await ask<Webhook>('GET', `/v1/webhooks/${id}`)).enabled)
    expect(await ask('GET', `/v1/webhooks/${id}`)).toMatchObject({ disabled_reason: 'gone', failures: 1 })
    await newStream()
    const [failed, ...more] = await deliveries(id)
    expect([failed?.state, more]).toEqual(['failed', []])
    expect((await control.call('POST', `/v1/webhooks/${id}/deliveries/${failed?.id}/replay`)).status).toBe(409)

    receiver.answer(() => ({ status: 204 }))
    expect(await ask('PATCH', `/v1/webhooks/${id}`, { enabled: true })).toMatchObject({
      enabled: true,
      disabled_reason: null,
      failures: 0,
    })
    await newStream()
    await received(2)
  })

  it.each([
    ['http://10.1.2.3/x', '/url', '10.0.0.0/8'],
    ['https://[::1]/x', '/url', 'this machine'],
    ['http://8.8.8.8/x', '/url', 'https'],
    ['https://user:word@example.com/', '/url', 'without user'],
    ['ftp://example.com/', '/url', 'https'],
  ])('is refused at %s', async (url, pointer, words) => {
    const refused = await control.call('POST', '/v1/webhooks', { url })
    const { errors } = (await refused.json()) as { errors: { pointer: string; detail: string }[] }
    expect([refused.status, errors]).toEqual([422, [{ pointer, detail: expect.stringContaining(words) }]])
  })

  it('names events and a live stream that can be', async () => {
    const refused = await control.call('POST', '/v1/webhooks', { url: receiver.url, events: ['stream.[a]'] })
    expect(refused.status).toBe(422)
    const unknown = await control.call('POST', '/v1/webhooks', { url: receiver.url, live_stream_id: 'ls_x' })
    expect(await unknown.json()).toMatchObject({ errors: [{ pointer: '/live_stream_id' }] })
  })
})
