import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reapExpired } from '#control/jobs/reap.ts'
import { type Destination, type DestinationHold, idleDestination } from '#schema/contracts/destination.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import type { StatusReason } from '#schema/enums.ts'
import type { Problem } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, polled, publishTo, readStream } from '../../support/jobs.ts'

let clock = new Date()
let control: TestControl
let worker: FakeWorker
beforeAll(async () => {
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
beforeEach(async () => {
  clock = new Date()
  worker = await addWorker(control)
})
afterAll(() => control.stop())

/** Under a minute in each test: workers sign with the time of day. */
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1_000)
}
const inSeconds = (seconds: number) => new Date(clock.getTime() + seconds * 1_000).toISOString()

/** A push stream with one destination. */
async function withDestination(more: object = {}, streamMore: Parameters<typeof addStream>[1] = {}) {
  const stream = await addStream(control, streamMore)
  const path = `/v1/live-streams/${stream.id}/destinations`
  const added = await control.call('POST', path, { url: 'rtmp://host/app', stream_key: 'k', ...more })
  expect(added.status).toBe(201)
  const { id } = (await added.json()) as Destination
  const call = (method: string, order = '', body?: object) => control.call(method, `${path}/${id}${order}`, body)
  const answer = async (method: string, order = '', body?: object) =>
    (await (await call(method, order, body)).json()) as Destination
  return {
    ...{ stream, id, call },
    read: () => answer('GET'),
    start: () => answer('POST', '/start'),
    stop: () => answer('POST', '/stop'),
    patch: (body: object) => answer('PATCH', '', body),
  }
}
const beat = async (job: Job, more: Partial<SessionReport> = {}) =>
  (await (await worker.beat([reportOf(job, more)])).json()) as { now: string; jobs: string[] }
const end = (job: Job, reason: StatusReason, more: Partial<SessionReport> = {}) =>
  beat(job, { status: 'idle', status_reason: reason, ended: true, ...more })
const begin = async (stream: LiveStream) => claimed(await publishTo(worker, stream))
/** What the job says of its only destination. */
const ruled = ({ destinations: [only] }: Job) => ({ ordered: only?.ordered, stop_at: only?.stop_at })
const held = (id: string, hold: DestinationHold) => ({
  destinations: [{ ...idleDestination, id, held: hold }],
})
const over = (since: string): DestinationHold => ({ reason: 'duration_over', detail: 'It has lasted.', since })

describe('an order to start', () => {
  it('reaches the job of the broadcast that is on, and is told in the answer', async () => {
    const { stream, read, start } = await withDestination({ start: 'manually' })
    expect((await read()).held).toMatchObject({ reason: 'waits_for_start', since: null })
    const job = await begin(stream)
    expect(ruled(job)).toEqual({ ordered: null, stop_at: null })
    expect(await start()).toMatchObject({ ordered: 'start', held: null })
    expect((await beat(job)).jobs).toHaveLength(1)
  })

  it('given before the broadcast begins with it', async () => {
    const { stream, start } = await withDestination({ start: 'manually' })
    await start()
    expect(ruled(await begin(stream)).ordered).toBe('start')
  })

  it('changes nothing where nothing holds the destination, or a second time', async () => {
    const { stream, start } = await withDestination()
    const { start: startOther, stream: other } = await withDestination({ start: 'manually' })
    expect(await start()).toMatchObject({ ordered: null, held: null })
    await startOther()
    const { revision } = await readStream(control, other)
    await startOther()
    expect((await readStream(control, other)).revision).toBe(revision)
    expect((await readStream(control, stream)).revision).toBe(stream.revision + 1)
  })

  it('is refused with words for a destination that is paused', async () => {
    const { call } = await withDestination({ enabled: false })
    const refused = await call('POST', '/start')
    expect(refused.status).toBe(409)
    expect(((await refused.json()) as Problem).detail).toContain('Resume it first')
  })

  it('is refused with the reason while its platform takes nothing of what is made', async () => {
    const { stream, id, call } = await withDestination()
    const detail = 'The platform takes H.264 only.'
    await beat(await begin(stream), held(id, { reason: 'not_taken', detail, since: null }))
    for (const order of ['/start', '/retry']) {
      const refused = await call('POST', order)
      expect([refused.status, ((await refused.json()) as Problem).detail]).toEqual([409, detail])
    }
  })

  it('takes away a time to stop that has come, and leaves one that has not', async () => {
    const { stream, id, start, read, patch } = await withDestination({ stop_at: inSeconds(10) })
    const job = await begin(stream)
    pass(11)
    const reached = { reason: 'stop_time_reached', detail: 'It was stopped.', since: (await read()).stop_at } as const
    await beat(job, held(id, reached))
    expect((await read()).held).toEqual(reached)
    expect(await start()).toMatchObject({ ordered: 'start', stop_at: null, held: null })
    const later = inSeconds(60)
    expect(await patch({ stop_at: later })).toMatchObject({ stop_at: later, held: null })
  })
})

describe('an order to stop', () => {
  it('holds the destination until the broadcast ends; the next one begins as usual', async () => {
    const { stream, stop, read } = await withDestination()
    const job = await begin(stream)
    await beat(job)
    expect(await stop()).toMatchObject({
      ordered: 'stop',
      held: { reason: 'stopped_by_operator', since: clock.toISOString() },
    })
    await end({ ...job, revision: job.revision + 1 }, 'completed')
    expect(await read()).toMatchObject({ ordered: null, held: null })
    expect(ruled(await begin(stream)).ordered).toBeNull()
  })

  it('changes nothing for one that does not broadcast anyway', async () => {
    const { stop } = await withDestination({ start: 'manually' })
    expect(await stop()).toMatchObject({ ordered: null, held: { reason: 'waits_for_start' } })
  })
})

describe('what was ordered for one broadcast', () => {
  const orders = async () => {
    const with_ = await withDestination({ start: 'manually' }, { reconnect_window: 10 })
    const job = await begin(with_.stream)
    await beat(job)
    await with_.start()
    return { ...with_, job }
  }

  it('is not over with a visit of an encoder that nobody saw', async () => {
    const { stream, start } = await withDestination({ start: 'manually' })
    await start()
    await end(await begin(stream), 'source_failed', { playable: false })
    expect(ruled(await begin(stream)).ordered).toBe('start')
  })

  it.each<StatusReason>(['worker_stopping', 'control_away'])('goes on in the next session after %s', async (reason) => {
    const { stream, job } = await orders()
    await end(job, reason)
    pass(8)
    expect(ruled(await begin(stream)).ordered).toBe('start')
  })

  it('goes on with another worker where one has died, unless the encoder comes back too late', async () => {
    const lost = await orders()
    const late = await orders()
    pass(16)
    await reapExpired(control.runtime.db, clock)
    expect(ruled(await begin(lost.stream)).ordered).toBe('start')
    pass(11)
    expect(ruled(await begin(late.stream)).ordered).toBeNull()
  })

  it('counts for the next broadcast where it was ordered after the loss', async () => {
    const { stream, stop, start } = await orders()
    pass(16)
    await reapExpired(control.runtime.db, clock)
    await stop()
    await start()
    pass(11)
    expect(ruled(await begin(stream)).ordered).toBe('start')
  })

  it('goes on however long a stream that is fetched waits for another worker', async () => {
    const { stream, start } = await withDestination({ start: 'manually' }, { source: { type: 'test' } })
    const [job] = (await polled(worker)).filter(({ live_stream_id }) => live_stream_id === stream.id)
    await start()
    await beat(job!)
    pass(16)
    await reapExpired(control.runtime.db, clock)
    pass(30)
    const [again] = (await polled(worker)).filter(({ live_stream_id }) => live_stream_id === stream.id)
    expect(ruled(again!).ordered).toBe('start')
  })

  it('is over with a broadcast that was ended, though its worker died before it said so', async () => {
    const { stream, start, read } = await withDestination({ start: 'manually' }, { source: { type: 'test' } })
    await polled(worker)
    await start()
    await control.call('POST', `/v1/live-streams/${stream.id}/complete`)
    expect((await read()).ordered).toBe('start')
    pass(16)
    await reapExpired(control.runtime.db, clock)
    expect(await read()).toMatchObject({ ordered: null, held: { reason: 'waits_for_start' } })
  })

  it('is forgotten when the stream is switched off', async () => {
    const { stream, start, read } = await withDestination({ start: 'manually' })
    await start()
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    expect(await read()).toMatchObject({ ordered: null, held: { reason: 'waits_for_start' } })
  })
})

describe('a time to stop', () => {
  it('that is over is refused with words, unless it stands there already', async () => {
    const { call, patch, read } = await withDestination({ stop_at: inSeconds(10) })
    const { stop_at } = await read()
    pass(11)
    const refused = await call('PATCH', '', { stop_at: inSeconds(-2) })
    expect(refused.status).toBe(422)
    expect((await refused.json()) as Problem).toMatchObject({ errors: [{ pointer: '/stop_at' }] })
    expect(await patch({ stop_at, name: 'Mine' })).toMatchObject({ name: 'Mine', stop_at })
    const unclear = (await (await call('PATCH', '', { stop_at: '2126-01-31T18:00:00+02' })).json()) as Problem
    expect(unclear.errors).toMatchObject([{ detail: expect.stringContaining('Write the time like') }])
  })

  it('is for one broadcast: that passed in between, it does not hold the next', async () => {
    const { stream } = await withDestination({ stop_at: inSeconds(10) })
    pass(11)
    expect(ruled(await begin(stream)).stop_at).toBeNull()
  })

  it('is gone with the broadcast that it ended, and still counts for the next where it has not come', async () => {
    const { stream, read, patch } = await withDestination({ stop_at: inSeconds(10) })
    const job = await begin(stream)
    pass(11)
    await end(job, 'completed')
    expect((await read()).stop_at).toBeNull()
    const later = inSeconds(100)
    await patch({ stop_at: later })
    await end(await begin(stream), 'completed')
    expect(ruled(await begin(stream)).stop_at).toBe(later)
  })

  it('holds the next session of a broadcast whose worker died', async () => {
    const { stream, read } = await withDestination({ stop_at: inSeconds(10) })
    await beat(await begin(stream))
    pass(26)
    await reapExpired(control.runtime.db, clock)
    const { stop_at } = await read()
    expect(ruled(await begin(stream)).stop_at).toBe(stop_at)
  })
})

describe('a destination that has lasted long enough', () => {
  const ended = async () => {
    const with_ = await withDestination({ max_duration_s: 60 })
    const job = await begin(with_.stream)
    const since = clock.toISOString()
    await beat(job, held(with_.id, over(since)))
    return { ...with_, job, since }
  }
  const overAt = ({ destinations: [only] }: Job) => only?.over_at

  it('stays ended with another worker, until somebody starts it', async () => {
    const { stream, id, read, start, since } = await ended()
    expect(await read()).toMatchObject({ ordered: null, held: { reason: 'duration_over', since } })
    pass(16)
    await reapExpired(control.runtime.db, clock)
    expect((await read()).held).toMatchObject({ reason: 'duration_over', since })
    const next = await begin(stream)
    expect(overAt(next)).toBe(since)
    expect(await start()).toMatchObject({ ordered: 'start', held: null })
    // What the worker said before it knew changes nothing.
    await beat(next, held(id, over(since)))
    expect(await read()).toMatchObject({ ordered: 'start', held: null })
  })

  it('goes on as soon as it may last longer, whatever its worker said before it knew', async () => {
    const { id, read, patch, job, since } = await ended()
    expect((await patch({ max_duration_s: 30_000 })).held).toBeNull()
    await beat(job, held(id, over(since)))
    expect(await read()).toMatchObject({ ordered: null, held: null })
  })

  it('stays ended under a shorter limit, and goes on with the next broadcast', async () => {
    const { stream, read, patch, job, since } = await ended()
    expect((await patch({ name: 'Mine' })).held).toMatchObject({ reason: 'duration_over', since })
    await end({ ...job, revision: job.revision + 1 }, 'completed')
    expect((await read()).held).toBeNull()
    expect(overAt(await begin(stream))).toBeUndefined()
  })
})

it('a destination that broadcasts when it is told to wait for somebody goes on until the broadcast ends', async () => {
  const { stream, patch, read } = await withDestination()
  const job = await begin(stream)
  await beat(job)
  expect(await patch({ start: 'manually' })).toMatchObject({ ordered: 'start', held: null })
  await end({ ...job, revision: job.revision + 1 }, 'completed')
  expect((await read()).held).toMatchObject({ reason: 'waits_for_start' })
})

it('events say which destination they are about', async () => {
  const { stream, id, stop } = await withDestination()
  const job = await begin(stream)
  await stop()
  const retrying = { id: `evt_${id}`, live_stream_id: stream.id, at: clock.toISOString(), destination_id: id }
  await worker.beat([reportOf(job)], { events: [{ ...retrying, type: 'destination.retrying', detail: 'No.' }] })
  const answer = await control.call('GET', `/v1/live-streams/${stream.id}/events`)
  const { data } = (await answer.json()) as { data: { type: string; destination_id?: string }[] }
  expect(data.map(({ type, destination_id }) => [type, destination_id])).toEqual([
    ['destination.retrying', id],
    ['destination.stopped', id],
    ['destination.added', id],
    ['stream.created', undefined],
  ])
})

it('a heartbeat is answered with the time of control', async () => {
  const { stream } = await withDestination()
  expect((await beat(await begin(stream))).now).toBe(clock.toISOString())
})
