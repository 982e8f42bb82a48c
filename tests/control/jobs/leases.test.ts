import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepDurationStops } from '#control/jobs/broadcast-orders.ts'
import { finishEnded } from '#control/jobs/finish.ts'
import { extendLeases, reapExpired } from '#control/jobs/reap.ts'
import { markReported, observeDestinations, observeStreams, reportsOf } from '#control/jobs/renew.ts'
import type { HeartbeatResponse, SessionReport } from '#schema/contracts/worker.ts'
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
const reap = () => reapExpired(control.runtime.db, clock)
/** The answer, but for the time. */
const beat = async (worker: FakeWorker, ...sessions: SessionReport[]) => {
  const {
    now: _,
    orders: __,
    draining: ___,
    witnesses: ____,
    ...answer
  } = (await (await worker.beat(sessions)).json()) as HeartbeatResponse
  return answer
}
/** Room for whatever a test wants to place. */
const large = { encode_units: 100, cpu_cores: 64, ffmpeg_version: '5.1' }
const nothing = { jobs: [], stops: [], lost: [], checks: [] }

beforeEach(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
  first = await addWorker(control, { rtmpUrl: 'rtmp://first/live', capacity: large })
  second = await addWorker(control, { rtmpUrl: 'rtmp://second/live', capacity: large })
})
afterEach(() => control.stop())

describe('a claim', () => {
  it('goes to exactly one of the workers that race for it', async () => {
    for (let stream = 0; stream < 5; stream++) await addStream(control, { source: { type: 'test' } })
    const polls = await Promise.all(Array.from({ length: 20 }, (_, turn) => polled(turn % 2 ? first : second, 1)))
    const won = polls.flat().map((job) => job.live_stream_id)
    expect(won).toHaveLength(5)
    expect(new Set(won).size).toBe(5)
  })

  it('leaves what has failed on that worker to others, until it is changed', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    const avoid = [{ live_stream_id: stream.id, revision: stream.revision }]
    const claim = async (worker: FakeWorker) =>
      ((await (await worker.post('poll', { slots: 1, avoid })).json()) as { jobs: string[] }).jobs.length
    expect(await claim(first)).toBe(0)
    expect(await polled(second, 1)).toHaveLength(1)
    pass(20)
    expect(await claim(first)).toBe(0)
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Another name' })
    expect(await claim(first)).toBe(1)
  })

  it('takes the oldest first, and no more than the worker has slots for', async () => {
    const streams = []
    for (let made = 0; made < 3; made++) {
      streams.push(await addStream(control, { source: { type: 'test' } }))
      pass(1)
    }
    expect((await polled(first, 2)).map((job) => job.live_stream_id)).toEqual(streams.slice(0, 2).map(({ id }) => id))
    expect((await polled(first, 0)).length).toBe(0)
    expect((await polled(second, 5)).map((job) => job.live_stream_id)).toEqual([streams[2]?.id])
  })

  it('by polling takes always-on streams, and never a push stream that waits for its encoder', async () => {
    await addStream(control)
    const alwaysOn = await addStream(control, { always_on: true })
    expect((await polled(first)).map((job) => job.live_stream_id)).toEqual([alwaysOn.id])
  })

  it('of an encoder names the worker that runs the stream already', async () => {
    const stream = await addStream(control)
    await claimed(await publishTo(first, stream))
    const refused = await publishTo(second, stream)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({
      code: 'leased_elsewhere',
      worker: { id: first.id, rtmp_url: 'rtmp://first/live' },
    })
  })

  it('by the worker that holds the lease gives its job again under a higher fence: its old session is forgotten', async () => {
    const stream = await addStream(control)
    const before = await claimed(await publishTo(first, stream))
    expect((await claimed(await publishTo(first, stream))).fence).toBe(before.fence + 1)
  })

  it('of an expired lease raises the fence and fences the old holder out', async () => {
    const stream = await addStream(control)
    const old = await claimed(await publishTo(first, stream))
    pass(16)
    const current = await claimed(await publishTo(second, stream))
    expect(current.fence).toBe(old.fence + 1)

    await beat(second, reportOf(current, { session_id: 'ses_new' }))
    const answer = await beat(first, reportOf(old, { session_id: 'ses_old', status: 'reconnecting' }))
    expect(answer).toEqual({ ...nothing, lost: [stream.id] })
    expect(await readStream(control, stream)).toMatchObject({
      status: 'active',
      session_id: 'ses_new',
      worker_id: second.id,
    })
  })
})

describe('a heartbeat', () => {
  it('renews every lease that it names, and no other', async () => {
    const named = await addStream(control)
    const unnamed = await addStream(control)
    const job = await claimed(await publishTo(first, named))
    await claimed(await publishTo(first, unnamed))
    pass(10)
    expect(await beat(first, reportOf(job))).toEqual(nothing)
    pass(10)
    expect(await reap()).toBe(1)
    expect((await readStream(control, named)).status).toBe('active')
    expect(await readStream(control, unnamed)).toMatchObject({ status: 'idle', status_reason: 'worker_lost' })
  })

  it('with the fence of another time changes nothing, not even by calling the session ended', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    await beat(first, reportOf(job))
    const stale = { ...job, fence: job.fence - 1 }
    expect(await beat(first, reportOf(stale, { status: 'reconnecting' }))).toEqual({ ...nothing, lost: [stream.id] })
    await beat(first, reportOf(stale, { ended: true, status: 'idle' }))
    expect(await readStream(control, stream)).toMatchObject({ status: 'active', worker_id: first.id })
  })

  it('about a stream that the worker never held changes nothing', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    const event = {
      id: 'evt_1',
      live_stream_id: stream.id,
      type: 'stream.active',
      detail: 'Not true.',
      at: '2026-01-01',
    }
    const answer = await second.beat([reportOf(job, { status: 'reconnecting' })], { events: [event] })
    expect(await answer.json()).toMatchObject({ ...nothing, lost: [stream.id] })
    expect((await readStream(control, stream)).status).toBe('idle')
    const events = await (await control.call('GET', `/v1/live-streams/${stream.id}/events`)).text()
    expect(events).not.toContain('Not true.')
  })

  it('brings the new job after a change, with the same fence', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 2' })
    const { jobs } = await beat(first, reportOf(job))
    const changed = jobs.map(jobIn)
    expect(changed).toMatchObject([{ name: 'Lecture 2', fence: job.fence, revision: job.revision + 1 }])
    expect(await beat(first, reportOf({ ...job, revision: job.revision + 1 }))).toEqual(nothing)
  })

  it('keeps each event once, however often it is delivered, and the last 500 of a stream', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    const eventsFrom = (start: number) =>
      Array.from({ length: 200 }, (_, index) => ({
        id: `evt_${start + index}`,
        live_stream_id: stream.id,
        type: 'stream.active',
        detail: `${start + index}`,
        at: clock.toISOString(),
      }))
    for (const start of [0, 200, 400, 400]) await first.beat([reportOf(job)], { events: eventsFrom(start) })
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = (await (
        await control.call('GET', `/v1/live-streams/${stream.id}/events?limit=200${cursor && `&cursor=${cursor}`}`)
      ).json()) as { data: { detail: string }[]; next_cursor: string | null }
      seen.push(...page.data.map((event) => event.detail))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => String(599 - index)))
  })

  it('carries the state of destinations, for destinations of that stream only', async () => {
    const stream = await addStream(control)
    const other = await addStream(control)
    const add = async (id: string) =>
      (await (
        await control.call('POST', `/v1/live-streams/${id}/destinations`, { url: 'rtmp://host/app', stream_key: 'k' })
      ).json()) as { id: string }
    const mine = await add(stream.id)
    const theirs = await add(other.id)
    const job = await claimed(await publishTo(first, stream))
    const status = {
      state: 'retrying' as const,
      retries: 3,
      next_retry_at: '2026-11-01T00:00:09.000Z',
      last_error: {
        code: 'unreachable',
        detail: 'Nobody answers there.',
        fix: 'Check the address.',
        severity: 'warning' as const,
      },
      connected_at: null,
      bytes_sent: 12,
      bitrate_kbps: 0,
      queue_ms: 400,
      round_trip_ms: 20,
      dropped_ms: 0,
      sessions: 1,
      held: null,
      session_started_at: null,
      session_ends_at: null,
      sends: null,
      adjustments: [{ field: 'quality', asked: '1080p', given: '720p', reason: 'The source is 720p.' }],
    }
    const destinations = [mine, theirs].map(({ id }) => ({ id, ...status }))
    await beat(first, reportOf(job, { destinations }))
    expect((await readStream(control, stream)).destinations).toMatchObject([{ id: mine.id, ...status }])
    expect((await readStream(control, other)).destinations).toMatchObject([{ state: 'idle', retries: 0 }])
    await beat(first, reportOf(job, { destinations, ended: true, status: 'idle' }))
    expect((await readStream(control, stream)).destinations).toMatchObject([
      {
        ...{ state: 'idle', last_error: { code: 'unreachable' }, bytes_sent: 12 },
        ...{ queue_ms: 0, round_trip_ms: null, adjustments: [] },
      },
    ])
  })
})

it('a heartbeat looks each report and destination up once, however many leases the worker holds', async () => {
  const { db } = control.runtime
  const reports = reportsOf(first.id, [])
  const statements = [observeStreams(db, reports), observeDestinations(db, reports), markReported(db, reports, clock)]
  statements.push(keepDurationStops(db, reports))
  for (const statement of [...statements, ...finishEnded(db, reports, clock)]) {
    const plan = await db.values<[number, number, number, string]>(sql`EXPLAIN QUERY PLAN ${statement.getSQL()}`)
    expect(plan[0]?.[3]).toMatch(/^SCAN r /)
  }
  for (const statement of [observeDestinations(db, reports), keepDurationStops(db, reports)]) {
    const plan = await db.values<[number, number, number, string]>(sql`EXPLAIN QUERY PLAN ${statement.getSQL()}`)
    expect(plan.map(([, , , step]) => step).join('\n')).toMatch(/SEARCH destinations USING INDEX \S+ \(id=\?\)/)
  }
})

describe('an expired lease', () => {
  it('leaves a push stream idle and queues an always-on stream for the next worker', async () => {
    const push = await addStream(control)
    const alwaysOn = await addStream(control, { source: { type: 'test' }, always_on: true })
    await claimed(await publishTo(first, push))
    const [job] = await polled(first)
    pass(16)
    expect(await reap()).toBe(2)
    for (const stream of [push, alwaysOn])
      expect(await readStream(control, stream)).toMatchObject({
        status: 'idle',
        status_reason: 'worker_lost',
        worker_id: null,
      })
    expect(await polled(second)).toMatchObject([{ live_stream_id: alwaysOn.id, fence: (job?.fence ?? 0) + 1 }])
  })

  it('is taken up again by its holder while nobody else has claimed it', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    pass(20)
    await reap()
    expect(await beat(first, reportOf(job))).toEqual(nothing)
    expect(await readStream(control, stream)).toMatchObject({ status: 'active', worker_id: first.id })
  })

  it('gets one more lease when control itself was away', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    const [job] = await polled(first)
    pass(20)
    await extendLeases(control.runtime.db, clock)
    expect(await reap()).toBe(0)
    expect(await polled(second)).toEqual([])
    expect(await beat(first, reportOf(job ?? expect.fail('no job')))).toEqual(nothing)
    expect((await readStream(control, stream)).status).toBe('active')
  })
})

describe('an order', () => {
  const order = (verb: string, id: string) => control.call('POST', `/v1/live-streams/${id}/${verb}`)

  it('to disable reaches the worker, and the stream is disabled once the session has ended', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    await beat(first, reportOf(job))
    await order('disable', stream.id)
    const { stops } = await beat(first, reportOf(job))
    expect(stops).toEqual([{ live_stream_id: stream.id, fence: job.fence, reason: 'disabled_by_operator' }])
    await beat(first, reportOf(job, { status: 'idle', ended: true }))
    expect(await readStream(control, stream)).toMatchObject({
      status: 'disabled',
      status_reason: 'disabled_by_operator',
      enabled: false,
    })
    const refused = await publishTo(first, stream)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'stream_disabled' })
    await order('enable', stream.id)
    expect((await claimed(await publishTo(second, stream))).fence).toBeGreaterThan(job.fence)
  })

  it('to disable a stream whose worker is lost is settled by the reaper', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    await polled(first)
    await order('disable', stream.id)
    pass(16)
    await reap()
    expect(await readStream(control, stream)).toMatchObject({ status: 'disabled', worker_id: null })
    expect(await polled(second)).toEqual([])
  })

  it('to complete lets the next publish of a push stream start a new broadcast', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    await order('complete', stream.id)
    await beat(first, reportOf(job, { status: 'idle', status_reason: 'completed', ended: true }))
    expect(await readStream(control, stream)).toMatchObject({
      enabled: true,
      status: 'idle',
      status_reason: 'completed',
    })
    expect((await claimed(await publishTo(first, stream))).fence).toBeGreaterThan(job.fence)
  })

  it('to complete a test stream switches it off and says so', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    const [job] = await polled(first)
    await order('complete', stream.id)
    const { stops } = await beat(first, reportOf(job ?? expect.fail('no job')))
    expect(stops).toEqual([{ live_stream_id: stream.id, fence: job?.fence, reason: 'completed' }])
    await beat(first, reportOf(job ?? expect.fail('no job'), { status: 'idle', ended: true }))
    const seen = await readStream(control, stream)
    expect(seen).toMatchObject({ enabled: false, status: 'disabled', status_reason: 'completed' })
    expect(seen.status_detail).toContain('Enable it')
    expect(await polled(first)).toEqual([])
  })

  it('to delete reaches the worker as a stop', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(first, stream))
    expect((await control.call('DELETE', `/v1/live-streams/${stream.id}`)).status).toBe(204)
    expect((await beat(first, reportOf(job))).stops).toEqual([
      { live_stream_id: stream.id, fence: job.fence, reason: 'disabled_by_operator' },
    ])
    expect((await control.call('GET', `/v1/live-streams/${stream.id}`)).status).toBe(404)
  })
})
