import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, polled, readStream } from '../support/jobs.ts'

let clock: Date
let control: TestControl
beforeEach(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterEach(() => control.stop())

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await control.call(method, path, body)
  return {
    status: answer.status,
    body: answer.status === 204 ? null : ((await answer.json()) as Record<string, unknown>),
  }
}
const join = (token: unknown, options = {}): Promise<FakeWorker> =>
  joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), String(token), options)

describe('an invitation', () => {
  it('is shown once, gives its worker name and labels, and tells who came with it', async () => {
    const { body: invitation } = await call('POST', '/v1/join-tokens', { name: 'Berlin 1', labels: ['region=eu'] })
    expect(invitation).toMatchObject({ name: 'Berlin 1', labels: ['region=eu'], state: 'unused', worker_id: null })
    const worker = await join(invitation?.token, { labels: ['region=us', 'disk=fast'] })
    const { body: kept } = await call('GET', `/v1/join-tokens/${invitation?.id}`)
    expect(kept).toMatchObject({ state: 'used', worker_id: worker.id, used_at: clock.toISOString() })
    expect(kept).not.toHaveProperty('token')
    expect(await call('GET', `/v1/workers/${worker.id}`)).toMatchObject({
      body: { name: 'Berlin 1', labels: ['disk=fast', 'region=eu'], own_labels: ['disk=fast', 'region=us'] },
    })
  })

  it('lasts an hour, or as long as it is asked to, and is good for one', async () => {
    const { body: usual } = await call('POST', '/v1/join-tokens')
    const { body: long } = await call('POST', '/v1/join-tokens', { expires_in_s: 7_200 })
    clock = new Date(clock.getTime() + 3_600_000)
    expect(await call('GET', `/v1/join-tokens/${usual?.id}`)).toMatchObject({ body: { state: 'expired' } })
    await expect(join(usual?.token)).rejects.toThrow('401')
    await join(long?.token)
    await expect(join(long?.token)).rejects.toThrow('401')
    for (const wrong of [{ expires_in_s: 1 }, { expires_in_s: 9e9 }, { labels: ['nonsense'] }, { unknown: 1 }])
      expect((await call('POST', '/v1/join-tokens', wrong)).status).toBe(422)
  })

  it('is listed, page by page, and withdrawn', async () => {
    const made = []
    for (const name of ['a', 'b', 'c']) {
      clock = new Date(clock.getTime() + 1_000)
      made.push((await call('POST', '/v1/join-tokens', { name })).body)
    }
    const { body: page } = await call('GET', '/v1/join-tokens?limit=2')
    expect(page).toMatchObject({ data: [{ name: 'c' }, { name: 'b' }], next_cursor: expect.any(String) })
    const { body: rest } = await call('GET', `/v1/join-tokens?cursor=${page?.next_cursor}`)
    expect(rest).toMatchObject({ data: [{ name: 'a' }, { state: 'unused', expires_at: null }], next_cursor: null })
    expect((await call('DELETE', `/v1/join-tokens/${made[0]?.id}`)).status).toBe(204)
    await expect(join(made[0]?.token)).rejects.toThrow('401')
    expect((await call('DELETE', `/v1/join-tokens/${made[0]?.id}`)).status).toBe(404)
  })
})

describe('a worker', () => {
  it('is shown with its version, room, labels and what runs there', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { name: 'Lecture', source: { type: 'test' } })
    const [job] = await polled(worker)
    await worker.beat(job ? [reportOf(job)] : [], {}, { 'weir-version': '9.9.9' })
    const { body } = await call('GET', `/v1/workers/${worker.id}`)
    expect(body).toMatchObject({
      ...{ version: '9.9.9', state: 'online', drain: null, live_streams: 1 },
      streams: [{ id: stream.id, name: 'Lecture', status: 'active' }],
      room: [{ name: 'software', encode_units: expect.any(Number) }],
    })
    const { body: list } = await call('GET', '/v1/workers')
    const { streams: _, ...listed } = body ?? {}
    expect(list).toMatchObject({ data: [listed], next_cursor: null })
  })

  it('is renamed and labelled; what its host calls it by stays', async () => {
    const worker = await addWorker(control, { labels: ['disk=fast'] })
    const changed = await call('PATCH', `/v1/workers/${worker.id}`, { name: 'Paris', labels: ['region=eu'] })
    expect(changed.body).toMatchObject({ name: 'Paris', labels: ['disk=fast', 'region=eu'] })
    await worker.beat()
    expect((await call('PATCH', `/v1/workers/${worker.id}`, { labels: [] })).body).toMatchObject({
      ...{ name: 'Paris', labels: ['disk=fast'] },
    })
    expect((await call('PATCH', `/v1/workers/${worker.id}`, { state: 'offline' })).status).toBe(422)
    expect((await call('PATCH', '/v1/workers/wrk_none', { name: 'x' })).status).toBe(404)
  })

  it('that is offline is forgotten: it is refused from then on', async () => {
    const worker = await addWorker(control)
    clock = new Date(clock.getTime() + 16_000)
    expect((await call('DELETE', `/v1/workers/${worker.id}`)).status).toBe(204)
    expect((await worker.beat()).status).toBe(401)
    expect((await call('GET', `/v1/workers/${worker.id}`)).status).toBe(404)
  })

  it('that is online is forgotten once it is emptied, or by force; what it ran goes to others at once', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { source: { type: 'test' } })
    const [job] = await polled(worker)
    const refused = await call('DELETE', `/v1/workers/${worker.id}`)
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining('?force=1') },
    })
    await call('PATCH', `/v1/workers/${worker.id}`, { draining: true })
    expect((await call('DELETE', `/v1/workers/${worker.id}`)).status).toBe(409)
    expect((await call('DELETE', `/v1/workers/${worker.id}?force=1`)).status).toBe(204)
    expect((await worker.beat(job ? [reportOf(job)] : [])).status).toBe(401)
    expect(await readStream(control, stream)).toMatchObject({ worker_id: null, status_reason: 'worker_lost' })
    const other = await addWorker(control)
    const [taken] = await polled(other)
    expect(taken?.fence).toBeGreaterThan((job?.fence ?? Infinity) + 1)
    await call('PATCH', `/v1/workers/${other.id}`, { draining: true })
    await other.beat(taken ? [reportOf(taken, { ended: true, status: 'idle' })] : [])
    expect((await call('DELETE', `/v1/workers/${other.id}`)).status).toBe(204)
  })
})
