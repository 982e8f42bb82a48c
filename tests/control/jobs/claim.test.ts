import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { claimPolled } from '#control/jobs/claim.ts'
import { reapExpired } from '#control/jobs/reap.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { HeartbeatResponse, StreamEventRecord } from '#schema/contracts/worker.ts'
import { jobs } from '#schema/tables/jobs.ts'
import { workers } from '#schema/tables/workers.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, jobIn, polled, publishTo, readStream } from '../../support/jobs.ts'

let clock: Date
let control: TestControl
let first: FakeWorker
let second: FakeWorker

const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000)
}
const whatHappened = async ({ id }: { id: string }) => {
  const answer = await control.call('GET', `/v1/live-streams/${id}/events`)
  return ((await answer.json()) as { data: StreamEventRecord[] }).data
}
const eventsOf = async (stream: { id: string }) => (await whatHappened(stream)).map(({ type }) => type)
const beat = async (worker: FakeWorker, job: Job) =>
  (await (await worker.beat([reportOf(job)])).json()) as HeartbeatResponse

beforeAll(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
  first = await addWorker(control)
  second = await addWorker(control)
})
afterAll(() => control.stop())
// Workers' tokens are of the true time.
beforeEach(() => {
  clock = new Date()
})

describe('a lease that has run out, claimed before the reaper came by,', () => {
  it('is told of as the loss of a worker, once, by whoever claims it', async () => {
    const pulled = await addStream(control, { source: { type: 'test' } })
    const pushed = await addStream(control)
    const [old = expect.fail('no job')] = await polled(first)
    await beat(first, old)
    await beat(first, await claimed(await publishTo(first, pushed)))
    pass(16)
    expect(await polled(second)).toMatchObject([{ live_stream_id: pulled.id, fence: old.fence + 1 }])
    await claimed(await publishTo(second, pushed))
    expect(await reapExpired(control.runtime.db, clock)).toBe(0)
    for (const stream of [pulled, pushed]) {
      const losses = (await whatHappened(stream)).filter(({ type }) => type === 'stream.worker_lost')
      expect(losses).toMatchObject([{ session_id: 'ses_1' }])
      expect(await readStream(control, stream)).toMatchObject({ status: 'idle', session_id: null, source: {} })
      await control.call('DELETE', `/v1/live-streams/${stream.id}`)
    }
  })

  it('is not given to an encoder once the stream was switched off', async () => {
    const stream = await addStream(control)
    await claimed(await publishTo(first, stream))
    pass(16)
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    expect((await publishTo(second, stream)).status).toBe(403)
    expect(await eventsOf(stream)).not.toContain('stream.worker_lost')
  })
})

it('a worker that lost its stream tells what happened before, and not that it is over: another one has it on air', async () => {
  const stream = await addStream(control)
  const job = await claimed(await publishTo(first, stream))
  await beat(first, job)
  pass(16)
  await beat(second, await claimed(await publishTo(second, stream)))
  const types = ['destination.retrying', 'stream.idle', 'destination.idle']
  const told = (worker: FakeWorker) =>
    types.map((type) => ({
      ...{ id: `evt_${worker.id}_${type}`, live_stream_id: stream.id, type },
      ...{ detail: 'It happened.', at: clock.toISOString() },
    }))
  await first.beat([reportOf(job)], { events: told(first) })
  expect((await eventsOf(stream)).slice(0, 2)).toEqual(['destination.retrying', 'stream.worker_lost'])
  await second.beat([], { events: told(second) })
  expect((await eventsOf(stream)).slice(0, 3)).toEqual(types.toReversed())
})

it('a worker that was silent does not go on with a broadcast that an operator ended meanwhile', async () => {
  const stream = await addStream(control)
  const job = await claimed(await publishTo(first, stream))
  await beat(first, job)
  await control.call('POST', `/v1/live-streams/${stream.id}/complete`)
  pass(16)
  await reapExpired(control.runtime.db, clock)
  expect((await beat(first, job)).lost).toEqual([stream.id])
  expect(await readStream(control, stream)).toMatchObject({ status: 'idle', worker_id: null })
})

it('a claim is refused to a worker that was drained, retired or forgotten while it was on its way', async () => {
  const { db } = control.runtime
  const { id } = await addStream(control, { source: { type: 'test' } })
  const [job = expect.fail('no job')] = await db.select().from(jobs).where(eq(jobs.liveStreamId, id))
  const claim = (workerId: string, instance: string) =>
    claimPolled(db, job, { workerId, instance, reserved: null }, clock)
  const change = (values: Partial<typeof workers.$inferInsert>) =>
    db.update(workers).set(values).where(eq(workers.id, first.id))

  await change({ drain: { mode: 'finish', since: clock.toISOString(), until: null } })
  expect(await claim(first.id, 'start-one')).toBeUndefined()
  await change({ drain: null, retiredInstances: ['start-one'] })
  expect(await claim(first.id, 'start-one')).toBeUndefined()
  expect(await claim('wrk_gone', 'start-one')).toBeUndefined()
  expect(await claim(first.id, 'start-two')).toMatchObject({ workerId: first.id, fence: 1 })
})

it('what a worker has claimed without hearing of it, it gets again with its next poll; another start of it does not', async () => {
  const worker = await addWorker(control)
  const stream = await addStream(control, { source: { type: 'test' } })
  const poll = async (held: string[] | undefined, instance: string) => {
    const answer = await worker.post('poll', { slots: 1, held }, { 'weir-instance': instance })
    return ((await answer.json()) as { jobs: string[] }).jobs.map(jobIn)
  }
  const [lost = expect.fail('no job')] = await poll([], 'start-one')
  pass(14)
  expect(await poll([], 'start-one')).toMatchObject([{ live_stream_id: stream.id, fence: lost.fence }])
  // It begins only now, and so does its lease.
  pass(14)
  expect((await polled(second)).map(({ live_stream_id }) => live_stream_id)).not.toContain(stream.id)
  expect(await poll([stream.id], 'start-one')).toEqual([])
  expect(await poll(undefined, 'start-one')).toEqual([])
  expect(await poll([], 'start-two')).toEqual([])
})

it('what a worker has claimed and could not start stays dark no longer than its lease: then another one has it', async () => {
  const worker = await addWorker(control)
  const stream = await addStream(control, { source: { type: 'test' } })
  const ask = async (avoid: object[]) => {
    const answer = await worker.post('poll', { slots: 1, held: [], avoid }, { 'weir-instance': 'start-one' })
    return ((await answer.json()) as { jobs: string[] }).jobs.map(jobIn)
  }
  const [{ revision } = expect.fail('no job')] = await ask([])
  pass(2)
  expect(await ask([{ live_stream_id: stream.id, revision }])).toEqual([])
  // Another revision may mend it.
  expect(await ask([{ live_stream_id: stream.id, revision: revision - 1 }])).toHaveLength(1)
  expect(await ask([{ live_stream_id: stream.id, revision }])).toEqual([])
  pass(16)
  expect((await polled(second)).map(({ live_stream_id }) => live_stream_id)).toContain(stream.id)
})
