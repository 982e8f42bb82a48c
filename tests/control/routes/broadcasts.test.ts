import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reapExpired } from '#control/jobs/reap.ts'
import { broadcastsKept, forgetOldBroadcasts } from '#control/reports/forget.ts'
import type { BroadcastReport, BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { Job } from '#schema/contracts/job.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { SessionReport } from '#schema/contracts/worker.ts'
import { at, destinationTally, sessionEvents, tally } from '../../support/broadcast-record.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled } from '../../support/jobs.ts'

let clock: Date
let control: TestControl
let worker: FakeWorker
let stream: LiveStream
let job: Job

beforeAll(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
  worker = await addWorker(control)
})
afterAll(() => control.stop())
beforeEach(async () => {
  clock = new Date()
  stream = await addStream(control, { source: { type: 'test' } })
  job = (await polled(worker)).find((each) => each.live_stream_id === stream.id)!
})

const session = (more: Partial<SessionReport> = {}, number = 1): SessionReport =>
  reportOf(job, { session_id: `ses_${stream.id}${number}`, broadcast: tally(), ...more })
const idOf = (number = 1) => `brd_${stream.id}${number}`
const list = async (query = '') =>
  (await (await control.call('GET', `/v1/live-streams/${stream.id}/broadcasts${query}`)).json()) as {
    data: BroadcastSummary[]
    next_cursor: string | null
  }
const report = async (id = idOf()) =>
  (await (await control.call('GET', `/v1/broadcasts/${id}/report`)).json()) as BroadcastReport
const count = async (table: string) =>
  (await control.runtime.db.get<[number]>(sql.raw(`SELECT count(*) FROM ${table} WHERE ${whose(table)}`)))[0]
const whose = (table: string) =>
  table === 'broadcasts' ? `live_stream_id = '${stream.id}'` : `broadcast_id LIKE 'brd_${stream.id}%'`

const point = (seconds: number) => ({
  ...{ at: at(seconds), seconds: 10, source_kbps: 900, output_kbps: 800, fps: 25, lateness_ms: 0 },
})

describe('the broadcasts of a live stream', () => {
  it('begin with the first picture or slate, and a session that nobody saw is none', async () => {
    const { broadcast: _, ...unseen } = session({ status: 'idle' })
    await worker.beat([unseen])
    expect((await list()).data).toEqual([])
    await worker.beat([session()])
    expect((await list()).data).toMatchObject([
      { id: idOf(), name: 'Lecture 1', state: 'live', started_at: at(0), ended_at: null, duration_s: 60 },
    ])
  })

  it('end as their worker says, and are told newest first, a page at a time', async () => {
    for (const number of [1, 2, 3]) {
      const broadcast = tally({ began_at: at(number), at: at(60 + number) })
      await worker.beat([session({ broadcast }, number)])
    }
    const last = { status: 'idle', status_reason: 'reconnect_window_over', status_detail: 'It did not come back.' }
    await worker.beat([
      session({ ...last, broadcast: tally({ began_at: at(3), at: at(70) }), ended: true } as never, 3),
    ])
    const first = await list('?limit=2')
    expect(first.data).toMatchObject([
      { id: idOf(3), state: 'ended', ended_at: at(70), end_reason: 'reconnect_window_over', duration_s: 67 },
      { id: idOf(2), state: 'lost' },
    ])
    const second = await list(`?limit=2&cursor=${first.next_cursor}`)
    expect(second).toMatchObject({ data: [{ id: idOf(1) }], next_cursor: null })
    expect((await control.call('GET', `/v1/live-streams/${stream.id}/broadcasts?cursor=x`)).status).toBe(400)
    expect((await control.call('GET', '/v1/live-streams/ls_none/broadcasts')).status).toBe(404)
    expect((await control.call('GET', '/v1/broadcasts/brd_none/report')).status).toBe(404)
  })

  it('are the last hundred; those before are forgotten with all that was kept of them', async () => {
    const sessions = Array.from({ length: broadcastsKept + 2 }, (_, number) =>
      session({ broadcast: tally({ began_at: at(number) }), history: [point(0)] }, number),
    )
    const events = sessions.flatMap((each) => sessionEvents(each, [0, 'stream.active']))
    await worker.beat(sessions, { events })
    await forgetOldBroadcasts(control.runtime.db)
    const { data } = await list('?limit=200')
    expect(data).toHaveLength(broadcastsKept)
    expect(data.at(-1)?.id).toBe(idOf(2))
    expect(await count('broadcast_moments')).toBe(broadcastsKept)
    expect(await count('broadcast_points')).toBe(broadcastsKept)
  })

  it('go with their live stream', async () => {
    await worker.beat([session({ history: [point(0)] })], {
      events: sessionEvents(session(), [0, 'stream.active']),
    })
    expect(await count('broadcasts')).toBe(1)
    await control.call('DELETE', `/v1/live-streams/${stream.id}`)
    expect(await count('broadcasts')).toBe(0)
    expect(await count('broadcast_moments')).toBe(0)
    expect(await count('broadcast_points')).toBe(0)
  })
})

describe('the report of a broadcast', () => {
  it('is the same when a heartbeat comes twice', async () => {
    const added = await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
      ...{ platform: 'custom', name: 'Main hall', url: 'rtmp://127.0.0.1/app', stream_key: 'k' },
    })
    const { id } = (await added.json()) as { id: string }
    const events = sessionEvents(
      session(),
      ...([
        [0, 'stream.active'],
        [1, 'destination.broadcasting', id],
      ] as const),
    )
    const broadcast = tally({ changes: 2, destinations: [destinationTally(id)] })
    for (let time = 0; time < 2; time++)
      await worker.beat([session({ broadcast, history: [point(0), point(10)] })], { events })
    const { delivery, moments, source, moments_left_out } = await report()
    expect(delivery).toMatchObject([
      { name: 'Main hall', bytes_sent: 1_000, slate_s: 0, spans: [{ state: 'broadcasting' }] },
    ])
    expect(moments.map(({ type }) => type)).toEqual(['stream.active', 'destination.broadcasting'])
    expect(source.points).toHaveLength(2)
    expect(moments_left_out).toBe(0)
  })

  it('leaves out what belongs to no broadcast, or to one of another worker, or is not for it', async () => {
    await worker.beat([session()], {
      events: sessionEvents(session(), [0, 'stream.active']).map(({ session_id: _, ...event }) => event),
    })
    const other = await addWorker(control)
    await other.beat([session({ broadcast: tally({ at: at(99) }), history: [point(0)] })], {
      events: sessionEvents(session(), [5, 'stream.reconnecting']),
    })
    await worker.beat([session()], {
      events: sessionEvents(session(), [6, 'input.refused']).map((event) => ({ ...event, in_report: false })),
    })
    expect(await report()).toMatchObject({ known_until: at(60), moments: [], source: { points: [] } })
  })

  it('takes what happened before a lease was lost, however late it comes', async () => {
    await worker.beat([session()])
    await worker.beat([session({ ended: true, status: 'idle', status_reason: 'completed' })])
    await worker.beat([], { events: sessionEvents(session(), [50, 'destination.retrying', 'dst_1']) })
    expect((await report()).moments).toMatchObject([{ destination_id: 'dst_1', at: at(50) }])
  })

  it('ends at the last heartbeat when its worker falls silent, and goes on when that one comes back', async () => {
    await worker.beat([session()])
    clock = new Date(clock.getTime() + 16_000)
    await reapExpired(control.runtime.db, clock)
    expect(await report()).toMatchObject({ state: 'lost', ended_at: at(60), end_reason: 'worker_lost' })
    await worker.beat([session({ broadcast: tally({ at: at(80) }) })])
    expect(await report()).toMatchObject({ state: 'live', ended_at: null, known_until: at(80) })
  })

  it('names the broadcast that went on with it on another worker', async () => {
    await worker.beat([session()])
    clock = new Date(clock.getTime() + 16_000)
    const other = await addWorker(control)
    const taken = (await polled(other)).find((each) => each.live_stream_id === stream.id)!
    const broadcast = tally({ began_at: at(80), at: at(90) })
    await other.beat([reportOf(taken, { session_id: `ses_${stream.id}2`, broadcast })])
    expect(await report()).toMatchObject({ state: 'lost', continued_by: idOf(2) })
    expect(await report(idOf(2))).toMatchObject({ state: 'live', continues: idOf(1) })
  })

  it('tells what operators did meanwhile, and not what they did at other times', async () => {
    const rename = (name: string) => control.call('PATCH', `/v1/live-streams/${stream.id}`, { name })
    await rename('Before')
    await worker.beat([session()])
    await rename('Meanwhile')
    await worker.beat([session({ ended: true, status: 'idle', status_reason: 'completed' })])
    await rename('After')
    expect((await report()).moments.map(({ type }) => type)).toEqual(['stream.changed'])
  })

  it('keeps the newest two thousand changes, and counts the others', async () => {
    await worker.beat([session()])
    const many = sql`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1900)
      INSERT INTO broadcast_moments (id, broadcast_id, at, type, detail)
      SELECT ${stream.id} || i, ${idOf()}, ${at(0)}, 'destination.retrying', '' FROM n`
    await control.runtime.db.run(many)
    const told = Array.from({ length: 200 }, (_, index) => [index, 'destination.retrying', 'dst_1'] as const)
    const broadcast = tally({ changes: 2_100 })
    await worker.beat([session({ broadcast })], { events: sessionEvents(session(), ...told) })
    const { moments, moments_left_out } = await report()
    expect(moments).toHaveLength(2_000)
    expect(moments.at(-1)?.at).toBe(at(199))
    expect(moments_left_out).toBe(100)
  })

  it('is also a picture, and needs a token like everything else', async () => {
    await worker.beat([session()])
    const picture = await control.call('GET', `/v1/broadcasts/${idOf()}/timeline.svg`)
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(await picture.text()).toMatch(/^<svg [\s\S]*<\/svg>$/)
    expect((await fetch(`${control.url}/v1/broadcasts/${idOf()}/timeline.svg`)).status).toBe(401)
    expect((await fetch(`${control.url}/v1/broadcasts/${idOf()}/report`)).status).toBe(401)
  })
})
