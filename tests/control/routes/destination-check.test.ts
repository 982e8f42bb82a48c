import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Problem } from '#schema/problem.ts'
import { destinationChecks } from '#schema/tables/destination-checks.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import type { FakeWorker } from '#tests/support/fake-worker.ts'
import { orderedCheck } from '#tests/support/fake-worker-checks.ts'
import { addStream, addWorker, claimed, publishTo } from '#tests/support/jobs.ts'

const done = { ok: true, steps: [{ name: 'connect', ms: 3.2 }], error: null }
let control: TestControl
let stream: LiveStream
let worker: FakeWorker
let other: FakeWorker
beforeAll(async () => {
  control = await startTestControl()
  stream = await addStream(control)
})
afterAll(() => control.stop())

const check = (body: unknown) => control.call('POST', `/v1/live-streams/${stream.id}/destinations/check`, body)
const refusal = async (body: unknown) => {
  const answer = await check(body)
  return { status: answer.status, problem: (await answer.json()) as Problem }
}

describe('the check of a destination', () => {
  it('says that it needs a worker', async () => {
    expect(await refusal({ url: 'rtmp://127.0.0.1/live' })).toMatchObject({
      status: 503,
      problem: { code: 'worker_unreachable', detail: expect.stringMatching(/No worker is online/) },
    })
  })

  it('is done by the worker that runs the stream, with what the request gives, and answered', async () => {
    worker = await addWorker(control)
    other = await addWorker(control)
    await claimed(await publishTo(other, stream))
    const answering = check({
      url: 'srt://127.0.0.1:9000?latency=200',
      stream_key: 'publish:k',
      srt_passphrase: 'long enough',
    })
    const { id, ...order } = await orderedCheck(other)
    expect(order).toEqual({
      url: 'srt://127.0.0.1:9000?latency=200',
      ca_pem: null,
      secrets: { stream_key: 'publish:k', srt_passphrase: 'long enough' },
    })
    // The result of a worker that was not asked changes nothing.
    await worker.post(`destination-checks/${id}`, { ...done, ok: false })
    expect((await other.post(`destination-checks/${id}`, done)).status).toBe(200)
    const answer = await answering
    expect([answer.status, await answer.json()]).toEqual([200, done])
    expect(await control.runtime.db.select().from(destinationChecks)).toEqual([])
    expect((await other.post(`destination-checks/${id}`, done)).status).toBe(200)
  })

  it('takes what it is not given from the destination that it names, or from the platform', async () => {
    const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
    const added = await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
      ...{ url: 'rtmps://127.0.0.1/live', stream_key: 'stored-key', ca_pem: ca },
    })
    const { id: destinationId } = (await added.json()) as Destination
    const first = check({ destination_id: destinationId, url: 'rtmps://127.0.0.2/live' })
    const { id, ...order } = await orderedCheck(other)
    expect(order).toEqual({
      url: 'rtmps://127.0.0.2/live',
      ca_pem: ca,
      secrets: { stream_key: 'stored-key', srt_passphrase: null },
    })
    await other.post(`destination-checks/${id}`, done)
    expect((await first).status).toBe(200)

    const second = check({ platform: 'youtube' })
    const youtube = await orderedCheck(other)
    expect(youtube.url).toMatch(/^rtmps:\/\/.+youtube\.com/)
    await other.post(`destination-checks/${youtube.id}`, done)
    expect((await second).status).toBe(200)
  })

  it('refuses what can not be tried', async () => {
    const pointers = async (body: unknown) => (await refusal(body)).problem.errors?.map(({ pointer }) => pointer)
    expect(await pointers({ platform: 'facebook', url: 'rtmp://127.0.0.1/live' })).toEqual(['/url'])
    expect(await pointers({})).toEqual(['/url'])
    expect(await pointers({ url: 'http://127.0.0.1/' })).toEqual(['/url'])
    expect((await refusal({ destination_id: 'dst_nothing' })).status).toBe(404)
  })

  it('waits while too many are tried, but not for what requests left over that broke off', async () => {
    const { db } = control.runtime
    const fill = (createdAt: Date) =>
      db.insert(destinationChecks).values(
        Array.from({ length: 20 }, (_, index) => ({
          ...{ id: `chk_${createdAt.getTime()}_${index}`, liveStreamId: stream.id, workerId: other.id },
          ...{ url: 'rtmp://127.0.0.1/live', secretsSealed: '', createdAt },
        })),
      )
    await fill(new Date(Date.now() - 120_000))
    const answering = check({ url: 'rtmp://127.0.0.1/live' })
    const { id } = await orderedCheck(other)
    await other.post(`destination-checks/${id}`, done)
    expect((await answering).status).toBe(200)
    await fill(new Date(Date.now() + 3_600_000))
    expect(await refusal({ url: 'rtmp://127.0.0.1/live' })).toMatchObject({ status: 429 })
  })

  it('refuses a result that makes no sense', async () => {
    const answer = await other.post('destination-checks/chk_1', { ok: true, steps: [{ name: 'magic', ms: 1 }] })
    expect(answer.status).toBe(422)
  })
})
