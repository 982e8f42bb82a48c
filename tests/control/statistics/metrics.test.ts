import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forgetOldSamples, rollUpSamples } from '#control/statistics/roll-up.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import { parseRows, printSecond } from '#schema/samples/text.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, jobIn } from '../../support/jobs.ts'

/** A round time, so that blocks begin with the test. */
const beganAt = Date.UTC(2026, 10, 1, 12) / 1_000
let now = beganAt
let control: TestControl
let worker: FakeWorker
let streamId: string
let job: Parameters<typeof reportOf>[0]

const time = (seconds: number) => new Date(seconds * 1_000).toISOString()
const answer = async (path: string, query: Record<string, string | number> = {}) =>
  control.call('GET', `${path}?${new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)]))}`)
const metrics = async (query: Record<string, string | number> = {}): Promise<Metrics> =>
  (await answer(`/v1/live-streams/${streamId}/metrics`, query)).json() as Promise<Metrics>
const valuesOf = ({ series }: Metrics, name: string) => series.find((each) => each.name === name)?.values

/** What a worker measures in the second at `at`: figures that tell which second it was. */
const secondAt = (at: number) => ({
  s: printSecond('s', [at - beganAt, 4_000, 25, 1, at % 7, 0, null, 0]),
  'd.dst_1': printSecond('d.dst_1', [3_000, 20, 1, 30, 1]),
  'r.360p': printSecond('r.360p', [800, 25]),
})
const batch = (from: number, to: number) => {
  const seconds = Array.from({ length: to - from }, (_, index) => secondAt(from + index))
  const lines = (['s', 'd.dst_1', 'r.360p'] as const).map(
    (key) => `${key}=${seconds.map((each) => each[key]).join(';')}`,
  )
  return { at: from, text: lines.join('|') }
}
/** Of a worker whose clock is ours. */
const credential = async (of: FakeWorker) => ({
  authorization: `Bearer ${await of.token({ issuedAt: new Date(now * 1_000) })}`,
})
const beat = async (from: number, to: number) => {
  const ofWorker = Array.from({ length: to - from }, () => printSecond('w', [0.5, 2_000]))
  const response = await worker.beat(
    [reportOf(job, { samples: batch(from, to) })],
    { samples: { at: from, text: `w=${ofWorker.join(';')}` } },
    await credential(worker),
  )
  expect(response.status).toBe(200)
}
const count = async (table: 'samples' | 'sample_blocks') =>
  Number((await control.runtime.db.all<[number]>(sql`SELECT count(*) FROM ${sql.raw(table)}`))[0]?.[0])

beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(now * 1_000), choresEveryMs: 3_600_000 })
  worker = await addWorker(control)
  const stream = await addStream(control, { inputs: [{ type: 'test' }] })
  streamId = stream.id
  const claimed = await worker.post('poll', { slots: 1 }, await credential(worker))
  const [token] = ((await claimed.json()) as { jobs: string[] }).jobs
  job = jobIn(token ?? '')
})
afterAll(() => control?.stop())

describe('figures of a live stream', () => {
  it('are there each second as soon as a heartbeat has brought them', async () => {
    now = beganAt + 30
    for (let at = beganAt; at < beganAt + 30; at += 3) await beat(at, at + 3)
    const answered = await metrics({ from: time(beganAt), to: time(now) })
    expect(answered.step_s).toBe(1)
    expect(answered.times).toEqual(Array.from({ length: 30 }, (_, index) => beganAt + index))
    expect(valuesOf(answered, 'source_bitrate_kbps')).toEqual(Array.from({ length: 30 }, (_, index) => index))
    expect(valuesOf(answered, 'loudness_lufs')?.every((value) => value === null)).toBe(true)
    // Nobody told of itself; of the last seconds that is not known yet.
    expect(valuesOf(answered, 'viewers')).toEqual(answered.times.map((at) => (at < now - 25 ? 0 : null)))
    expect(answered).toMatchObject({ destination_ids: ['dst_1'], renditions: ['360p'] })
  })

  it('are of one destination, one rendition or the worker where that is asked for', async () => {
    const range = { from: time(beganAt), to: time(beganAt + 10) }
    const destination = await metrics({ ...range, destination_id: 'dst_1', step: 10 })
    expect(valuesOf(destination, 'bitrate_kbps')).toEqual([3_000])
    expect(valuesOf(destination, 'dropped_ms')).toEqual([10])
    expect(valuesOf(await metrics({ ...range, rendition: '360p', step: 10 }), 'fps')).toEqual([25])
    const host = (await (await answer(`/v1/workers/${worker.id}/metrics`, { ...range, step: 10 })).json()) as Metrics
    expect(valuesOf(host, 'cpu')).toEqual([0.5])
  })

  it('are the same when they are rolled up, whether a heartbeat came late or twice', async () => {
    // Control was away from 300 to 900: these come later, and some of them again.
    for (const at of [30, 60, 90, 120, 150, 180, 210, 240, 270].map((each) => beganAt + each)) {
      now = at + 30
      await beat(at, at + 30)
    }
    for (let at = beganAt + 900; at < beganAt + 1_200; at += 30) {
      now = at + 30
      await beat(at, at + 30)
    }
    const { db } = control.runtime
    expect(await rollUpSamples(db, new Date((beganAt + 1_260) * 1_000))).toBe(4)
    expect(await rollUpSamples(db, new Date((beganAt + 1_260) * 1_000))).toBe(0)
    const before = await metrics({ from: time(beganAt), to: time(beganAt + 1_200), step: 60 })
    expect(valuesOf(before, 'fps')).toEqual(
      Array.from({ length: 20 }, (_, minute) => (minute < 5 || minute >= 15 ? 25 : null)),
    )
    now = beganAt + 1_230
    for (let at = beganAt + 300; at < beganAt + 900; at += 30) await beat(at, at + 30)
    await beat(beganAt + 300, beganAt + 330)
    now = beganAt + 1_500
    expect(await rollUpSamples(db, new Date(now * 1_000))).toBe(4)
    const after = await metrics({ from: time(beganAt), to: time(beganAt + 1_200), step: 60 })
    expect(valuesOf(after, 'source_bitrate_kbps')).toEqual(
      Array.from({ length: 20 }, (_, minute) => minute * 60 + 29.5),
    )
    expect(valuesOf(after, 'lateness_ms')).toEqual(Array.from({ length: 20 }, () => 6))
    const dropped = await metrics({
      from: time(beganAt),
      to: time(beganAt + 1_200),
      destination_id: 'dst_1',
      step: 600,
    })
    expect(valuesOf(dropped, 'dropped_ms')).toEqual([600, 600])
  })

  it('of an hour are all kept where two processes roll up different parts of it at once', async () => {
    const { db } = control.runtime
    const hour = beganAt - 7_200
    for (const at of [hour, hour + 600])
      await db.run(sql`INSERT INTO samples (block, subject, at, text) VALUES (${at / 600}, 'wrk_two', ${at}, 'w=500')`)
    const hasRead = Promise.withResolvers<void>()
    const mayWrite = Promise.withResolvers<void>()
    let batches = 0
    const batch = async (...statements: Parameters<typeof db.batch>) => {
      if (++batches === 2) {
        hasRead.resolve()
        await mayWrite.promise
      }
      return db.batch(...statements)
    }
    const slow = new Proxy(db, { get: (...of) => (of[1] === 'batch' ? batch : Reflect.get(...of)) })
    const first = rollUpSamples(slow, new Date((hour + 660) * 1_000))
    await hasRead.promise
    await rollUpSamples(db, new Date((hour + 1_260) * 1_000))
    mayWrite.resolve()
    await first
    const [[text] = ['']] = await db.all<[string]>(
      sql`SELECT text FROM sample_blocks WHERE subject = 'wrk_two' AND step = 60`,
    )
    const minutes = parseRows(text).get('w') ?? []
    expect([minutes[0]?.seconds, minutes[10]?.seconds]).toEqual([1, 1])
  })

  it('of an hour are made of what is rolled up and what is not', async () => {
    for (let at = beganAt + 1_200; at < beganAt + 1_500; at += 30) await beat(at, at + 30)
    const hour = await metrics({ from: time(beganAt), to: time(now), step: 3_600 })
    expect(hour.times).toEqual([beganAt])
    expect(valuesOf(hour, 'source_bitrate_kbps')).toEqual([749.5])
  })

  it('get coarser with age: ten seconds for a day, a minute for 90 days', async () => {
    const { db } = control.runtime
    const stepAfter = async (seconds: number, query = {}) => {
      now = beganAt + seconds
      return metrics({ from: time(beganAt), to: time(beganAt + 600), ...query })
    }
    expect((await stepAfter(1_100, { step: 1 })).step_s).toBe(1)
    expect((await stepAfter(3_600, { step: 1 })).step_s).toBe(10)
    expect((await stepAfter(90_000, { step: 1 })).step_s).toBe(60)
    await rollUpSamples(db, new Date(now * 1_000))
    await forgetOldSamples(db, new Date(now * 1_000))
    expect(await count('samples')).toBe(0)
    expect(valuesOf(await stepAfter(90_000), 'fps')).toEqual(Array.from({ length: 10 }, () => 25))
    now = beganAt + 91 * 86_400
    await forgetOldSamples(db, new Date(now * 1_000))
    expect(await count('sample_blocks')).toBe(0)
  })

  it('have 2,000 points at most, however long the range and short the step', async () => {
    now = beganAt + 100 * 86_400
    for (const seconds of [600, 86_400, 30 * 86_400, 90 * 86_400])
      for (const step of [1, 7, 3_600]) {
        const { times, step_s, series } = await metrics({ from: time(now - seconds), to: time(now), step })
        expect(times.length).toBeLessThanOrEqual(2_000)
        expect(step_s).toBeGreaterThanOrEqual(step)
        expect(series.every(({ values }) => values.length === times.length)).toBe(true)
      }
    const chosen = await metrics({ from: time(now - 7 * 86_400), to: time(now) })
    expect(chosen.step_s).toBe(1_800)
  })

  it('are a table where CSV is asked for', async () => {
    now = beganAt + 101 * 86_400
    await beat(now - 3, now)
    const range = { from: time(now - 4), to: time(now), destination_id: 'dst_1' }
    const csv = await answer(`/v1/live-streams/${streamId}/metrics`, { ...range, format: 'csv' })
    expect(csv.headers.get('content-type')).toContain('text/csv')
    expect(csv.headers.get('content-disposition')).toBe(`attachment; filename="${streamId}-metrics.csv"`)
    expect(await csv.text()).toBe(
      [
        'time,bitrate_kbps (kbit/s),queue_ms (ms),dropped_ms (ms),round_trip_ms (ms),state',
        `${time(now - 4)},,,,,`,
        ...[3, 2, 1].map((ago) => `${time(now - ago)},3000,20,1,30,1`),
        '',
      ].join('\r\n'),
    )
    const accepted = await fetch(`${control.url}/v1/live-streams/${streamId}/metrics`, {
      headers: { authorization: `Bearer ${control.token}`, accept: 'text/csv' },
    })
    expect(accepted.headers.get('content-type')).toContain('text/csv')
  })

  it('are refused for ranges and parts that make no sense', async () => {
    const path = `/v1/live-streams/${streamId}/metrics`
    for (const query of [
      { from: 'yesterday' },
      { from: time(now), to: time(now - 60) },
      { from: time(now + 60) },
      { step: '0' },
      { step: '1.5' },
      { destination_id: '../x' },
      { destination_id: 'dst_1', rendition: '360p' },
      { format: 'xml' },
    ])
      expect((await answer(path, query)).status).toBe(400)
    expect((await answer('/v1/live-streams/ls_none/metrics')).status).toBe(404)
    expect((await answer('/v1/workers/wrk_none/metrics')).status).toBe(404)
  })

  it('by a clock that is far off, or of streams of another worker, change nothing', async () => {
    const other = await addWorker(control)
    const before = await count('samples')
    const tell = async (by: FakeWorker, at: number) => {
      const report = reportOf(job, { samples: { at, text: 's=1' } })
      expect((await by.beat([report], {}, await credential(by))).status).toBe(200)
    }
    await tell(worker, now + 3_600)
    await tell(worker, now - 3_600)
    await tell(other, now - 1)
    expect(await count('samples')).toBe(before)
  })

  it('go with the live stream', async () => {
    expect((await control.call('DELETE', `/v1/live-streams/${streamId}`)).status).toBe(204)
    const left = await control.runtime.db.all<[number]>(
      sql`SELECT count(*) FROM samples WHERE subject LIKE ${`${streamId}%`}`,
    )
    expect(left[0]?.[0]).toBe(0)
  })
})
