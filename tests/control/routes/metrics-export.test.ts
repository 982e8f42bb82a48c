import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idleDestination } from '#schema/contracts/destination.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { parseExposition } from '../../support/exposition.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled } from '../../support/jobs.ts'

const metricsToken = 'only-for-prometheus-1234'
let control: TestControl
const ids = { stream: '', destination: '', worker: '' }

const scrape = (token?: string) =>
  fetch(`${control.url}/metrics`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

beforeAll(async () => {
  control = await startTestControl({ environment: { WEIR_METRICS_TOKEN: metricsToken }, choresEveryMs: 3_600_000 })
  const worker = await addWorker(control)
  const stream = await addStream(control, { name: 'A "secret" name', inputs: [{ type: 'test' }] })
  const added = await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
    url: 'rtmp://destination.example/app',
    stream_key: 'the-key-of-the-destination',
  })
  ids.stream = stream.id
  ids.worker = worker.id
  ids.destination = ((await added.json()) as { id: string }).id
  const [job] = await polled(worker)
  if (!job) throw new Error('The stream was not claimed.')
  const beat = await worker.beat([
    reportOf(job, {
      sample: {
        ...{
          at: new Date().toISOString(),
          source_bitrate_kbps: 5_000,
          output_bitrate_kbps: 4_000,
          fps: 25,
          speed: 1.01,
        },
        ...{ lateness_ms: 120, slate_seconds: 0, loudness_momentary_lufs: null, loudness_integrated_lufs: null },
      },
      destinations: [
        {
          ...idleDestination,
          ...{
            id: ids.destination,
            state: 'broadcasting',
            bytes_sent: 123_456,
            bitrate_kbps: 3_000,
            dropped_ms: 1_500,
          },
        },
      ],
    }),
  ])
  expect(beat.status).toBe(200)
})
afterAll(() => control?.stop())

describe('/metrics of control', () => {
  it('is for those with the metrics token, or an API token that may read', async () => {
    expect((await scrape()).status).toBe(401)
    expect((await scrape('wrong-token-of-somebody')).status).toBe(401)
    expect((await scrape(metricsToken)).status).toBe(200)
    expect((await scrape(control.token)).status).toBe(200)
    const made = await control.call('POST', '/v1/tokens', { name: 'one', scopes: ['read'], live_stream_id: ids.stream })
    expect((await scrape(((await made.json()) as { token: string }).token)).status).toBe(403)
    const elsewhere = await fetch(`${control.url}/v1/live-streams`, {
      headers: { authorization: `Bearer ${metricsToken}` },
    })
    expect(elsewhere.status).toBe(401)
  })

  it('tells of streams, destinations and workers in base units', async () => {
    const answer = await scrape(metricsToken)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const series = parseExposition(await answer.text())
    const value = (name: string, labels: Record<string, string> = {}) =>
      series.find(
        (each) => each.name === name && Object.entries(labels).every(([key, text]) => each.labels[key] === text),
      )?.value
    const stream = { live_stream_id: ids.stream }
    expect(value('weir_live_streams', { status: 'active' })).toBe(1)
    expect(value('weir_workers', { state: 'online' })).toBe(1)
    expect(value('weir_live_stream_source_bytes_per_second', stream)).toBe(625_000)
    expect(value('weir_live_stream_lateness_seconds', stream)).toBe(0.12)
    expect(value('weir_live_stream_viewers', stream)).toBe(0)
    const destination = { ...stream, destination_id: ids.destination, platform: 'custom' }
    expect(value('weir_destination_broadcasting', destination)).toBe(1)
    expect(value('weir_destination_dropped_seconds_total', destination)).toBe(1.5)
    expect(value('weir_destination_round_trip_seconds', destination)).toBeUndefined()
    expect(value('weir_worker_online', { worker_id: ids.worker })).toBe(1)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0)
  })

  it('says no name, address or key', async () => {
    const text = await (await scrape(metricsToken)).text()
    for (const hidden of ['secret', 'destination.example', 'the-key', 'rtmp:']) expect(text).not.toContain(hidden)
  })

  it('has no more series than fit, and says how much is left out', async () => {
    // So many more of each, all like the one that is there.
    await multiply('live_stream_states', 'live_stream_id', 510)
    await multiply('jobs', 'live_stream_id', 510)
    await multiply('destination_states', 'destination_id', 2_010)
    await multiply('destinations', 'id', 2_010)
    await multiply('workers', 'id', 210)
    const series = parseExposition(await (await scrape(metricsToken)).text())
    const valuesOf = (name: string) => series.filter((each) => each.name === name).map(({ value }) => value)
    expect(valuesOf('weir_live_stream_on_air')).toHaveLength(500)
    expect(valuesOf('weir_destination_broadcasting')).toHaveLength(2_000)
    expect(valuesOf('weir_worker_online')).toHaveLength(200)
    expect(valuesOf('weir_left_out')).toEqual([11, 11, 11])
  })
})

/** Copies of the one row of a table, each with a key of its own. */
async function multiply(table: string, key: string, count: number): Promise<void> {
  const { db } = control.runtime
  const columns = (await db.all<[string]>(`SELECT name FROM pragma_table_info('${table}')`)).map(([name]) => name)
  const values = columns.map((name) => (name === key ? `${name} || '_' || i` : name))
  await db.run(`INSERT INTO ${table} (${columns})
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    SELECT ${values} FROM ${table}, n`)
}
